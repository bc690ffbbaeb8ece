using System.Data;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Looks for everything that could make a merge of shards fail or lose a row, in one snapshot, and changes nothing.</summary>
internal sealed class ShardAnalysis(PostgresServer postgres, ShardedDatabase database)
{
    private const string BytesSql = "SELECT coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint FROM pg_catalog.pg_class c "
        + "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname ~ '^shard_'";

    /// <summary>Gives the plan; problems are part of it.</summary>
    /// <exception cref="FaultException">What stands in the way of looking at all.</exception>
    public async Task<MergePlan> RunAsync(CancellationToken cancellationToken)
    {
        var server = await postgres.ProbeAsync(cancellationToken);
        if (await postgres.FindDatabaseAsync(database.Name, cancellationToken) is null)
        {
            return new MergePlan(database.Name, false, [], 0, [MergeProblem.Of(MergeFaults.NoDatabase(database.Name, postgres.Description))], []);
        }

        var problems = new List<MergeProblem>();
        if (server.IsInRecovery)
        {
            problems.Add(MergeProblem.Of(MergeFaults.ReadOnlyServer(postgres.Description)));
        }

        var sessions = await MergeSessions.DescribeOthersAsync(postgres, database.Name, cancellationToken);
        if (sessions.Length > 0)
        {
            problems.Add(MergeProblem.Of(MergeFaults.InUse(database.Name, sessions)));
        }

        return await postgres.UseAsync(database.Name, (source, token) => AnalyzeAsync(source, server, problems, token), cancellationToken);
    }

    private async Task<MergePlan> AnalyzeAsync(NpgsqlDataSource source, ServerFacts server, List<MergeProblem> problems, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        ShardLayout layout;
        long bytes;
        await using (var first = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken))
        {
            layout = await new ShardLayoutReader(connection, database).ReadAsync(server.Role, cancellationToken);
            bytes = (long)(await ScalarAsync(connection, BytesSql, cancellationToken))!;
            // not left to the transaction's disposal, which keeps to itself that the connection broke
            await first.CommitAsync(cancellationToken);
        }

        problems.AddRange(layout.Problems);
        if (layout.IsMerged is true)
        {
            return new MergePlan(database.Name, true, [], bytes, problems, layout.Notes);
        }

        if (layout.Relations > LockCapacity.Usable(server))
        {
            // What follows would run into the same limit.
            problems.Add(MergeProblem.Of(MergeFaults.TooFewLocks(
                database.Name, layout.Relations, LockCapacity.Usable(server), LockCapacity.Needed(server, layout.Relations))));
            return new MergePlan(database.Name, false, [], bytes, problems, layout.Notes);
        }

        if (problems.Any(problem => problem.Code is "DR7017"))
        {
            return new MergePlan(database.Name, false, [], bytes, problems, layout.Notes);
        }

        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        // without statistics the planner would compare row by row
        await using (var setting = new NpgsqlCommand("SET LOCAL enable_nestloop = off", connection))
        {
            await setting.ExecuteNonQueryAsync(cancellationToken);
        }

        var tables = new List<PlannedTable>();
        foreach (var table in layout.Tables)
        {
            tables.Add(await LookAsync(connection, table, layout, problems, cancellationToken));
        }

        await CheckForeignKeysAsync(connection, layout, problems, cancellationToken);
        return new MergePlan(database.Name, false, tables, bytes, problems, layout.Notes);
    }

    private async Task<PlannedTable> LookAsync(NpgsqlConnection connection, ShardTable table, ShardLayout layout, List<MergeProblem> problems, CancellationToken cancellationToken)
    {
        var inPublic = (long)(await ScalarAsync(connection, $"SELECT pg_catalog.count(*) FROM {table.Merged}", cancellationToken))!;
        if (inPublic > 0)
        {
            problems.Add(MergeProblem.Of(MergeFaults.RowsInPublic(table.Merged, inPublic)));
        }

        foreach (var column in table.Nullable)
        {
            var sql = $"SELECT part, pg_catalog.count(*) FROM ({table.Shards.Select([column], "part")}) AS united WHERE {SqlName.Quote(column)} IS NULL GROUP BY part ORDER BY part";
            var found = await CountsAsync(connection, sql, cancellationToken);
            if (found.Count > 0)
            {
                problems.Add(MergeProblem.Of(MergeFaults.Nulls(table.Merged, column, found.Values.Sum(), [.. found.Keys])));
            }
        }

        foreach (var key in layout.Unique.Where(key => key.Table == table.Merged))
        {
            if (await KeySamples.DuplicatesAsync(connection, key, table.Shards, cancellationToken) is { } found)
            {
                problems.Add(MergeProblem.Of(MergeFaults.Duplicates(table.Merged, key.Name, found)));
            }
        }

        var rows = await CountsAsync(connection, table.Shards.SelectCounts(), cancellationToken);
        return new PlannedTable(table.Name, database.Name, rows.Values.Sum(), rows.Values.Count(count => count > 0));
    }

    private static async Task CheckForeignKeysAsync(NpgsqlConnection connection, ShardLayout layout, List<MergeProblem> problems, CancellationToken cancellationToken)
    {
        var tables = layout.Tables.ToDictionary(table => table.Merged, table => table.Shards);
        foreach (var key in layout.Foreign.Where(key => key.IsValidated && tables.ContainsKey(key.Table) && tables.ContainsKey(key.References)))
        {
            if (await KeySamples.DanglingAsync(connection, key, tables[key.Table], tables[key.References], cancellationToken) is { } found)
            {
                problems.Add(MergeProblem.Of(MergeFaults.Dangling(key.Table, key.Name, key.References, found)));
            }
        }
    }

    private static async Task<Dictionary<string, long>> CountsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            counts[reader.GetString(0)] = reader.GetInt64(1);
        }

        return counts;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
