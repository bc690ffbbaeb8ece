using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Benchmarks.Merge;

/// <summary>The two databases copied as by hand: <c>psql … COPY TO STDOUT | psql … COPY FROM STDIN</c>, table by table, into a database whose keys and indexes are there.</summary>
internal sealed class OneStream(PostgresCluster cluster, string target)
{
    /// <summary>Makes the empty database with its finished schema.</summary>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        await RemoveAsync(cancellationToken);
        await cluster.CreateDatabaseAsync(target, cancellationToken);
        var schema = MergedSchema.Tables + string.Join('\n', MergedSchema.Indexes.Concat(MergedSchema.ForeignKeys).Select(statement => statement.Sql));
        await cluster.ExecuteAsync(target, schema, cancellationToken);
        await cluster.ExecuteAsync(target, "CHECKPOINT", cancellationToken);
    }

    /// <summary>Drops the database, so that the other way finds none: it makes its own, and is timed for that.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        await cluster.DropDatabaseAsync(target, cancellationToken);
        await cluster.ExecuteAsync("postgres", "CHECKPOINT", cancellationToken);
    }

    /// <summary>Copies, tables in the order of their foreign keys.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var tables = MergedSchema.Mapped.ToDictionary(table => MergedSchema.Public(table.Name));
        foreach (var name in TableKeys.InOrder(tables.Keys, MergedSchema.Foreign))
        {
            var table = tables[name];
            var columns = string.Join(", ", table.Columns.Where(column => column.Expression is null).Select(column => column.Name));
            var source = table.IsOfSessionsrv ? ShardedDatabase.Sessionsrv : ShardedDatabase.Originsrv;
            await Tool.RunAsync(
                new ServerCommand("psql", "sh", "-c", $"{Psql(source)} -c 'COPY public.{table.Name} ({columns}) TO STDOUT' | {Psql(target)} -c 'COPY public.{table.Name} ({columns}) FROM STDIN'")
                {
                    Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["PGPASSWORD"] = cluster.Password },
                },
                cancellationToken);
        }
    }

    private string Psql(string database) => $"'{cluster.ToolsFolder}/psql' -X -q -v ON_ERROR_STOP=1 -h {cluster.Host} -p {cluster.Port} -U {cluster.Username} -d {database}";
}
