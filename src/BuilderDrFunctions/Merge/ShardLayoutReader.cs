using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Compares the shape of every shard with that of the schema <c>public</c>, in the connection's current transaction.</summary>
internal sealed class ShardLayoutReader(NpgsqlConnection connection, ShardedDatabase database)
{
    private const string Merged = ShardedDatabase.MergedSchema;

    private const string SchemasSql = """SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname ~ '^shard_' ORDER BY 1""";

    private const string TriggersSql = """
        SELECT coalesce(pg_catalog.string_agg(g.tgname::text || ' on ' || c.relname::text, ', ' ORDER BY 1), '')
        FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND NOT g.tgisinternal AND g.tgenabled <> 'D'
        """;

    private readonly List<MergeProblem> _problems = [];
    private readonly List<string> _notes = [];

    /// <summary>Reads and compares.</summary>
    /// <param name="role">Who asks, for messages.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<ShardLayout> ReadAsync(string role, CancellationToken cancellationToken)
    {
        var forms = await TableForm.ReadAsync(connection, cancellationToken);
        var mayRead = CheckRights(role, forms);
        var flag = mayRead ? await MergeFlag.ReadAsync(connection, cancellationToken) : false;
        if (flag is null)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.NoFlags(database.Name)));
        }

        await CheckSchemasAsync(cancellationToken);
        var triggers = (string)(await ScalarAsync(TriggersSql, cancellationToken))!;
        if (triggers.Length > 0)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.HasTriggers(triggers)));
        }

        var foreign = await TableKeys.ReadForeignAsync(connection, Merged, cancellationToken);
        var tables = await CompareAsync(forms, foreign, cancellationToken);
        return new ShardLayout(
            flag, tables, await TableKeys.ReadUniqueAsync(connection, Merged, cancellationToken), foreign, forms.Sum(form => 1 + form.Indexes), _problems, _notes);
    }

    private async Task CheckSchemasAsync(CancellationToken cancellationToken)
    {
        var found = new List<string>();
        await using var command = new NpgsqlCommand(SchemasSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(reader.GetString(0));
        }

        var missing = database.Schemas.Except(found, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.ShardsMissing(database.Name, missing)));
        }

        var extra = found.Except(database.Schemas, StringComparer.Ordinal).ToList();
        if (extra.Count > 0)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.ShardsExtra(database.Name, extra)));
        }
    }

    private bool CheckRights(string role, IReadOnlyList<TableForm> forms)
    {
        var foreignOwned = forms.Where(form => form.Schema is Merged && !form.IsOwned).Select(form => $"public.{form.Table}").Order(StringComparer.Ordinal).ToList();
        if (foreignOwned.Count > 0)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.NotOwner(role, database.Name, foreignOwned)));
        }

        var hidden = forms.Where(form => !form.IsReadable).Select(form => $"{form.Schema}.{form.Table}").Order(StringComparer.Ordinal).ToList();
        if (hidden.Count > 0)
        {
            _problems.Add(MergeProblem.Of(MergeFaults.NotReadable(role, database.Name, hidden)));
        }

        return hidden.Count == 0;
    }

    private async Task<IReadOnlyList<ShardTable>> CompareAsync(IReadOnlyList<TableForm> forms, IReadOnlyList<ForeignKey> foreign, CancellationToken cancellationToken)
    {
        var merged = forms.Where(form => form.Schema is Merged && !IsBookkeeping(form.Table)).ToDictionary(form => form.Table, StringComparer.Ordinal);
        var shards = forms.Where(form => database.Schemas.Contains(form.Schema, StringComparer.Ordinal) && !IsBookkeeping(form.Table))
            .ToLookup(form => form.Table, StringComparer.Ordinal);
        foreach (var extra in shards.Where(table => !merged.ContainsKey(table.Key)).OrderBy(table => table.Key, StringComparer.Ordinal))
        {
            _problems.Add(MergeProblem.Of(MergeFaults.TableExtra(extra.Key, [.. extra.Select(form => form.Schema).Order(ShardOrder)])));
        }

        var present = forms.Select(form => form.Schema).ToHashSet(StringComparer.Ordinal);
        var shapes = (await TableCatalog.ReadAsync(connection, cancellationToken, Merged)).ToDictionary(shape => shape.Name);
        var comparison = new ColumnComparison(_problems, _notes);
        var tables = new Dictionary<SqlName, ShardTable>();
        foreach (var (name, form) in merged.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var found = shards[name].OrderBy(shard => shard.Schema, ShardOrder).ToList();
            if (found.Count == 0)
            {
                _notes.Add($"table public.{name} is in no shard and is left as it is");
                continue;
            }

            var missing = database.Schemas.Where(present.Contains).Except(found.Select(shard => shard.Schema), StringComparer.Ordinal).ToList();
            if (missing.Count > 0)
            {
                _problems.Add(MergeProblem.Of(MergeFaults.TableMissing(name, missing)));
            }

            var table = new SqlName(Merged, name);
            if (comparison.Compare(table, form, found) is { } nullable && missing.Count == 0)
            {
                tables.Add(table, new ShardTable(table, shapes[table].Columns, new TableUnion([.. found.Select(shard => new SqlName(shard.Schema, name))]), nullable));
            }
        }

        return [.. TableKeys.InOrder(tables.Keys, foreign).Select(table => tables[table])];
    }

    private static bool IsBookkeeping(string table) => ShardedDatabase.Bookkeeping.Contains(table, StringComparer.Ordinal);

    // shard_2 before shard_10
    private static IComparer<string> ShardOrder { get; } = Comparer<string>.Create((left, right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right));

    private async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
