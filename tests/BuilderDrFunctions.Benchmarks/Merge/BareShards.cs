using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Sandbox.Servers;
using Npgsql;

namespace BuilderDrFunctions.Benchmarks.Merge;

/// <summary>The shards' rows inserted in one transaction of one session, with keys and indexes in place, and nothing besides: no check, no proof, no flag.</summary>
internal sealed class BareShards(PostgresCluster cluster, ShardedDatabase database)
{
    /// <summary>Empties the merged tables and clears the flag; a truncated table's statistics do not lead the foreign-key checks astray.</summary>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        await cluster.ExecuteAsync(database.Name, "TRUNCATE public.origins, public.origin_integrations, public.audit, public.audit_package, public.audit_package_group, public.flags CASCADE", cancellationToken);
        await cluster.ExecuteAsync(database.Name, "CHECKPOINT", cancellationToken);
    }

    /// <summary>Inserts them, tables in the order of their foreign keys.</summary>
    public async Task RunAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        await using var connection = await cluster.OpenAsync(database.Name, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var table in tables)
        {
            foreach (var shard in database.Schemas)
            {
                await using var command = new NpgsqlCommand($"INSERT INTO public.{table} SELECT * FROM {shard}.{table}", connection, transaction) { CommandTimeout = 0 };
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
