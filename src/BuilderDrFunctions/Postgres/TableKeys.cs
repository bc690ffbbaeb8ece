using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>The keys of one schema's tables, as the catalog has them.</summary>
internal static class TableKeys
{
    // keys of partial and of expression indexes are no columns; building such an index tells of duplicates by itself
    private const string UniqueSql = """
        SELECT n.nspname::text, c.relname::text, x.relname::text, pg_catalog.array_agg(a.attname::text ORDER BY k.place)
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
        JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND c.relkind = 'r' AND n.nspname = $1
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """;

    private const string ForeignSql = """
        SELECT n.nspname::text, c.relname::text, f.conname::text,
            (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place) FROM pg_catalog.unnest(f.conkey) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
            rn.nspname::text, r.relname::text,
            (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place) FROM pg_catalog.unnest(f.confkey) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum),
            f.convalidated
        FROM pg_catalog.pg_constraint f
        JOIN pg_catalog.pg_class c ON c.oid = f.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_class r ON r.oid = f.confrelid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
        WHERE f.contype = 'f' AND n.nspname = $1 ORDER BY 1, 2, 3
        """;

    /// <summary>Every primary key, unique constraint and unique index.</summary>
    public static async Task<IReadOnlyList<UniqueKey>> ReadUniqueAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var keys = new List<UniqueKey>();
        await using var command = new NpgsqlCommand(UniqueSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = schema } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(new UniqueKey(new SqlName(reader.GetString(0), reader.GetString(1)), reader.GetString(2), await reader.GetFieldValueAsync<string[]>(3, cancellationToken)));
        }

        return keys;
    }

    /// <summary>Every foreign key.</summary>
    public static async Task<IReadOnlyList<ForeignKey>> ReadForeignAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var keys = new List<ForeignKey>();
        await using var command = new NpgsqlCommand(ForeignSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = schema } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(new ForeignKey(
                new SqlName(reader.GetString(0), reader.GetString(1)), reader.GetString(2), await reader.GetFieldValueAsync<string[]>(3, cancellationToken),
                new SqlName(reader.GetString(4), reader.GetString(5)), await reader.GetFieldValueAsync<string[]>(6, cancellationToken), reader.GetBoolean(7)));
        }

        return keys;
    }

    /// <summary>The tables with every one behind those it refers to; within that, by name. Of a circle the first by name comes first.</summary>
    public static IReadOnlyList<SqlName> InOrder(IEnumerable<SqlName> tables, IReadOnlyList<ForeignKey> keys)
    {
        var waiting = tables.Order(SqlName.Order).ToList();
        var ordered = new List<SqlName>();
        while (waiting.Count > 0)
        {
            var next = waiting.Find(table => keys.All(key => key.Table != table || key.References == table || !waiting.Contains(key.References))) ?? waiting[0];
            waiting.Remove(next);
            ordered.Add(next);
        }

        return ordered;
    }
}

/// <summary>Columns that tell a table's rows apart; rows with a null among them are not held to it.</summary>
internal sealed record UniqueKey(SqlName Table, string Name, IReadOnlyList<string> Columns);

/// <summary>Columns that must have their like in another table, unless one of them is null.</summary>
/// <param name="Table">Whose columns.</param>
/// <param name="Name">The constraint's.</param>
/// <param name="Columns">Here.</param>
/// <param name="References">The other table.</param>
/// <param name="ReferencedColumns">There, in the same order.</param>
/// <param name="IsValidated">False where the operator made it NOT VALID: it holds for new rows alone.</param>
internal sealed record ForeignKey(
    SqlName Table, string Name, IReadOnlyList<string> Columns, SqlName References, IReadOnlyList<string> ReferencedColumns, bool IsValidated);
