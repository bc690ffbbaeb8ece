using System.Data;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Looks for everything that could make a merge of the two databases fail or lose a row, and changes nothing.</summary>
internal sealed class DatabaseAnalysis(PostgresServer postgres, DatabaseMergeNames names)
{
    private const string BytesSql = "SELECT coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint FROM pg_catalog.pg_class c "
        + "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = 'public'";

    private readonly List<MergeProblem> _problems = [];
    private readonly List<string> _notes = [];
    private readonly List<PlannedTable> _tables = [];
    private long _bytes;

    /// <summary>Gives the plan; problems are part of it.</summary>
    /// <exception cref="Faults.FaultException">What stands in the way of looking at all.</exception>
    public async Task<MergePlan> RunAsync(CancellationToken cancellationToken)
    {
        var server = await postgres.ProbeAsync(cancellationToken);
        var databases = await postgres.ListDatabasesAsync(cancellationToken);
        if (server.IsInRecovery)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.ReadOnlyServer(postgres.Description)));
        }

        if (!server.CanCreateDatabase)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.CannotCreate(server.Role, postgres.Description)));
        }

        if (databases.Contains(names.Target, StringComparer.Ordinal))
        {
            _problems.Add(MergeProblem.Of(MergeFaults.TargetExists(names.Target, postgres.Description)));
        }

        foreach (var database in new[] { names.Originsrv, names.Sessionsrv })
        {
            if (!databases.Contains(database, StringComparer.Ordinal))
            {
                _problems.Add(MergeProblem.Of(MergeFaults.NoDatabase(database, postgres.Description)));
                continue;
            }

            if (await MergeSessions.DescribeOthersAsync(postgres, database, cancellationToken) is { Length: > 0 } sessions)
            {
                _problems.Add(MergeProblem.Of(MergeFaults.InUse(database, sessions)));
            }

            await postgres.UseAsync(database, (source, token) => AnalyzeAsync(source, database, server.Role, token), cancellationToken);
        }

        return new MergePlan(names.Target, false, _tables, _bytes, _problems, _notes);
    }

    private async Task<bool> AnalyzeAsync(NpgsqlDataSource source, string database, string role, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var forms = await TableForm.ReadAsync(connection, cancellationToken);
        var hidden = forms.Where(form => form.Schema is ShardedDatabase.MergedSchema && !form.IsReadable).Select(form => $"public.{form.Table}").Order(StringComparer.Ordinal).ToList();
        if (hidden.Count > 0)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.NotReadable(role, database, hidden)));
            return false;
        }

        var flag = await MergeFlag.ReadAsync(connection, cancellationToken);
        if (flag is null)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.NoFlags(database)));
        }
        else if (flag is false)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.NotShardMerged(database)));
        }

        var comparison = new SourceComparison(database, _problems, _notes);
        List<MappedTable> expected = [.. MergedSchema.Mapped.Where(table => names.SourceOf(table) == database)];
        var tables = comparison.Compare(forms, expected);
        await comparison.NoteOthersAsync(connection, forms, expected, cancellationToken);
        await using (var setting = new NpgsqlCommand("SET LOCAL enable_nestloop = off", connection))
        {
            await setting.ExecuteNonQueryAsync(cancellationToken);
        }

        foreach (var table in tables)
        {
            await LookAsync(connection, database, table, forms.First(form => form.Schema is ShardedDatabase.MergedSchema && form.Table == table.Name), cancellationToken);
        }

        await CheckForeignKeysAsync(connection, tables, cancellationToken);
        _bytes += (long)(await ScalarAsync(connection, BytesSql, cancellationToken))!;
        return true;
    }

    private async Task LookAsync(NpgsqlConnection connection, string database, MappedTable table, TableForm form, CancellationToken cancellationToken)
    {
        var name = MergedSchema.Public(table.Name);
        var nullable = form.Columns.Where(column => !column.IsRequired).Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var column in table.Columns.Where(column => column.IsRequired && nullable.Contains(column.Name)))
        {
            var nulls = (long)(await ScalarAsync(connection, $"SELECT pg_catalog.count(*) FROM ONLY {name} WHERE {SqlName.Quote(column.Name)} IS NULL", cancellationToken))!;
            if (nulls > 0)
            {
                _problems.Add(MergeProblem.Of(MergeFaults.Nulls(name, column.Name, nulls, [database])));
            }
        }

        foreach (var key in MergedSchema.Unique.Where(key => key.Table == name))
        {
            if (await KeySamples.DuplicatesAsync(connection, key, new TableUnion([name]), cancellationToken) is { } found)
            {
                _problems.Add(MergeProblem.Of(MergeFaults.Duplicates(name, key.Name, found)));
            }
        }

        _tables.Add(new PlannedTable(table.Name, database, (long)(await ScalarAsync(connection, $"SELECT pg_catalog.count(*) FROM ONLY {name}", cancellationToken))!, 0));
    }

    private async Task CheckForeignKeysAsync(NpgsqlConnection connection, IReadOnlyList<MappedTable> tables, CancellationToken cancellationToken)
    {
        var there = tables.Select(table => MergedSchema.Public(table.Name)).ToHashSet();
        foreach (var key in MergedSchema.Foreign.Where(key => there.Contains(key.Table) && there.Contains(key.References)))
        {
            if (await KeySamples.DanglingAsync(connection, key, new TableUnion([key.Table]), new TableUnion([key.References]), cancellationToken) is { } found)
            {
                _problems.Add(MergeProblem.Of(MergeFaults.Dangling(key.Table, key.Name, key.References, found)));
            }
        }
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
