using System.Globalization;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.ServerTests.Postgres;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>Shard merges with all 128 shards, seen row for row without this program's own digests.</summary>
public sealed class ShardMergeTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("builder_originsrv", 17, LegacyGenerator.ShardCount)]
    [InlineData("builder_sessionsrv", 4, LegacyGenerator.ShardCount)]
    [InlineData("builder_jobsrv", 6, 1)]
    public async Task Holds_exactly_the_rows_of_all_shards(string name, int tables, int shards)
    {
        await using var database = await servers.Legacy.TakeAllShardsAsync(name);
        var postgres = database.Cluster.Server();
        var sharded = new ShardedDatabase(database.Name, shards);
        var keysBefore = await KeysAsync(database);

        var plan = await new ShardAnalysis(postgres, sharded).RunAsync(Cancellation);
        Assert.Empty(plan.Problems);
        var result = await new ShardMerger(postgres, sharded, TimeProvider.System).RunAsync(static (_, _) => Task.CompletedTask, progress: null, Cancellation);

        Assert.NotNull(result);
        Assert.Equal(tables, result.Tables.Count);
        foreach (var table in result.Tables)
        {
            Assert.Equal(0, await DifferencesAsync(database, table.Table, shards));
            Assert.Equal(table.Rows, await CountAsync(database, $"public.{table.Table}"));
            Assert.Equal(table.Rows, table.RowsPerShard.Sum());
            Assert.Equal(table.Rows, plan.Tables.Single(planned => planned.Table == table.Table).Rows);
        }

        Assert.True(result.Tables.Sum(table => table.Rows) > 100);
        Assert.Equal(keysBefore, await KeysAsync(database));
        Assert.True((await new ShardAnalysis(postgres, sharded).RunAsync(Cancellation)).IsMerged);
        Assert.Null(await new ShardMerger(postgres, sharded, TimeProvider.System).RunAsync(static (_, _) => Task.CompletedTask, progress: null, Cancellation));
    }

    [Fact]
    public async Task Leaves_no_sequence_behind_what_was_drawn_from_it_in_any_shard()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        await database.Cluster.ExecuteAsync(database.Name, "SELECT setval('shard_2.origin_package_id_seq', 4711); SELECT setval('public.origin_id_seq', 815)", Cancellation);

        await new ShardMerger(database.Cluster.Server(), new ShardedDatabase(database.Name, LegacyTemplates.FewShards), TimeProvider.System)
            .RunAsync(static (_, _) => Task.CompletedTask, progress: null, Cancellation);

        Assert.Equal(4712, await CountAsync(database, "(SELECT nextval('public.origin_package_id_seq')) AS drawn", "max(nextval)"));
        Assert.Equal(816, await CountAsync(database, "(SELECT nextval('public.origin_id_seq')) AS drawn", "max(nextval)"));
    }

    /// <summary>Rows that are on one side only, or there another number of times; compared by PostgreSQL itself.</summary>
    private static Task<long> DifferencesAsync(TestDatabase database, string table, int shards)
    {
        var union = string.Join(" UNION ALL ", Enumerable.Range(0, shards).Select(shard => string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM shard_{shard}.{table}")));
        return CountAsync(database, $"((SELECT * FROM public.{table} EXCEPT ALL ({union})) UNION ALL (({union}) EXCEPT ALL SELECT * FROM public.{table})) AS different");
    }

    private static async Task<string> KeysAsync(TestDatabase database)
    {
        await using var connection = await database.Cluster.OpenAsync(database.Name, Cancellation);
        await using var command = new NpgsqlCommand(
            """
            SELECT string_agg(def, E'\n' ORDER BY def) FROM (
                SELECT indexdef AS def FROM pg_indexes WHERE schemaname = 'public'
                UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace) AS defs
            """,
            connection);
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static async Task<long> CountAsync(TestDatabase database, string relation, string what = "count(*)")
    {
        await using var connection = await database.Cluster.OpenAsync(database.Name, Cancellation);
        await using var command = new NpgsqlCommand($"SELECT {what} FROM {relation}", connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
