using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>A table's columns as the catalog words them, in order, and what the asking role may do with it.</summary>
internal sealed record TableForm(string Schema, string Table, IReadOnlyList<ColumnForm> Columns, bool IsOwned, bool IsReadable, int Indexes)
{
    // column by column through an index: to group all columns of 128 shards sorts them on disk first
    private const string Sql = """
        SELECT n.nspname::text, c.relname::text, f.names, f.types, f.required, pg_catalog.pg_has_role(c.relowner, 'USAGE'),
            pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
            (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN LATERAL (
            SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum), pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum),
                pg_catalog.array_agg(a.attnotnull ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS f (names, types, required) ON f.names IS NOT NULL
        WHERE c.relkind = 'r' AND (n.nspname = 'public' OR n.nspname ~ '^shard_')
        """;

    /// <summary>The tables of the schema <c>public</c> and of all shards.</summary>
    public static async Task<IReadOnlyList<TableForm>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var forms = new List<TableForm>();
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var names = await reader.GetFieldValueAsync<string[]>(2, cancellationToken);
            var types = await reader.GetFieldValueAsync<string[]>(3, cancellationToken);
            var required = await reader.GetFieldValueAsync<bool[]>(4, cancellationToken);
            forms.Add(new TableForm(
                reader.GetString(0), reader.GetString(1), [.. names.Select((name, i) => new ColumnForm(name, types[i], required[i]))],
                reader.GetBoolean(5), reader.GetBoolean(6), reader.GetInt32(7)));
        }

        return forms;
    }
}

/// <summary>A column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">With length and precision, as <c>format_type</c> words it.</param>
/// <param name="IsRequired">It must not be null.</param>
internal sealed record ColumnForm(string Name, string Type, bool IsRequired);
