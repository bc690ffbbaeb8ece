using System.Globalization;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Servers;
using Npgsql;

namespace BuilderDrFunctions.Sandbox.Legacy;

/// <summary>
/// Fills <c>builder_originsrv</c>, <c>builder_sessionsrv</c> and <c>builder_jobsrv</c> as a Builder from before August 2018 has them when its
/// new services wait for the shard merge: rows in <c>shard_0 … shard_127</c>, empty tables in <c>public</c>, an empty <c>flags</c>.
/// </summary>
public sealed class LegacyGenerator
{
    /// <summary>How many shard schemas originsrv and sessionsrv have; jobsrv has one.</summary>
    public const int ShardCount = 128;

    private const string KeysMark = "-- keys:";

    private readonly LegacyDatabase[] databases;

    /// <summary>Lays the data out.</summary>
    public LegacyGenerator(LegacySize size, IReadOnlyList<BuilderKey> keys, int seed = 1)
    {
        var catalog = new PackageCatalog(size.Packages, seed, size.Origins);
        databases =
        [
            new("builder_originsrv", "originsrv.sql", ShardCount, new OriginsrvRows(catalog, keys, seed).Tables),
            new("builder_sessionsrv", "sessionsrv.sql", ShardCount, new SessionsrvRows(catalog, keys, seed).Tables),
            new("builder_jobsrv", "jobsrv.sql", 1, new JobsrvRows(catalog).Tables),
        ];
    }

    /// <summary>The databases' names.</summary>
    public IReadOnlyList<string> DatabaseNames => [.. databases.Select(database => database.Name)];

    /// <summary>Makes the databases with their rows in the shards.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="prefix">Put before the databases' names, for templates that tests copy.</param>
    /// <param name="shards">Makes only so many shards, with the rows that belong into them, where a test is not about their number.</param>
    public Task FillShardedAsync(PostgresCluster cluster, CancellationToken cancellationToken, string prefix = "", int shards = ShardCount) =>
        Parallel.ForEachAsync(databases, cancellationToken, async (database, token) =>
        {
            await using var connection = await CreateAsync(cluster, prefix + database.Name, token);
            for (var shard = 0; shard < Math.Min(database.Shards, shards); shard++)
            {
                await MakeSchemaAsync(connection, database, string.Create(CultureInfo.InvariantCulture, $"shard_{shard}"), shard, database.Tables(shard), token);
            }

            await MakeSchemaAsync(connection, database, "public", 0, [], token);
            await FinishAsync(connection, merged: null, token);
        });

    /// <summary>Makes originsrv and sessionsrv as the shard merge leaves them: the same rows in <c>public</c>, the flag set; without the old shards.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="prefix">Put before the databases' names, for templates that tests copy.</param>
    public Task FillMergedAsync(PostgresCluster cluster, CancellationToken cancellationToken, string prefix = "") =>
        Parallel.ForEachAsync(databases.Where(database => database.Shards > 1), cancellationToken, async (database, token) =>
        {
            await using var connection = await CreateAsync(cluster, prefix + database.Name, token);
            await MakeSchemaAsync(connection, database, "public", 0, database.Tables(null), token);
            await FinishAsync(connection, merged: true, token);
        });

    // ids carry their shard in the lowest bits
    private static string NextId(int shard) => string.Create(CultureInfo.InvariantCulture, $"""
        CREATE FUNCTION next_id_v1(sequence_id regclass, OUT result bigint) LANGUAGE plpgsql AS $$
        BEGIN
            result := ((floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1409266191000) << 23)
                | ((nextval(sequence_id) % 1024) << 13) | {shard};
        END;
        $$;
        """);

    private static async Task<NpgsqlConnection> CreateAsync(PostgresCluster cluster, string database, CancellationToken cancellationToken)
    {
        await cluster.CreateDatabaseAsync(database, cancellationToken);
        return await cluster.OpenAsync(database, cancellationToken);
    }

    private static async Task MakeSchemaAsync(
        NpgsqlConnection connection, LegacyDatabase database, string schema, int shard, IEnumerable<GeneratedTable> tables, CancellationToken cancellationToken)
    {
        var sql = await EmbeddedText.ReadAsync(database.Schema, cancellationToken);
        var keys = sql.IndexOf(KeysMark, StringComparison.Ordinal);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(
            connection,
            $"CREATE SCHEMA IF NOT EXISTS {schema}; SET LOCAL search_path = {schema};" + NextId(shard) + sql[..keys],
            cancellationToken);
        foreach (var table in tables)
        {
            await TableCopy.LoadAsync(connection, table.Name, table.Columns, table.Rows, cancellationToken);
        }

        await RunAsync(connection, sql[keys..], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static Task FinishAsync(NpgsqlConnection connection, bool? merged, CancellationToken cancellationToken) =>
        RunAsync(
            connection,
            """
            INSERT INTO public.__diesel_schema_migrations (version) VALUES ('20180802170909'), ('20180808143737');
            CREATE TABLE public.flags (
                shard_migration_complete boolean DEFAULT false,
                created_at timestamptz DEFAULT now(),
                updated_at timestamptz
            );
            """ + (merged is true ? "INSERT INTO public.flags (shard_migration_complete) VALUES (true);" : "") + "ANALYZE;",
            cancellationToken);

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 900 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
