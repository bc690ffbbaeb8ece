using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>The tables of one database with their columns, and the SQL conditions that say what belongs to the operator at all.</summary>
internal static class TableCatalog
{
    /// <summary>Schemas that are neither PostgreSQL's own nor a session's temporary ones; expects <c>pg_namespace n</c>.</summary>
    public const string OwnSchemas = @"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

    /// <summary>Leaves out what an extension brought along: restoring makes it anew.</summary>
    public static string NotOfExtension(string catalog, string oid) => NotDependent(catalog, oid, "'e'");

    /// <summary>Leaves out what an extension or another object brought along.</summary>
    public static string NotDependent(string catalog, string oid, string dependencies) =>
        $"NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.{catalog}'::regclass AND d.objid = {oid} AND d.objsubid = 0 AND d.deptype IN ({dependencies}))";

    // pg_relation_size waits for a lock on the table: a listing before the locks are taken must not ask it.
    private static readonly string NamesSql = TablesSql("0::bigint");
    private static readonly string SizesSql = TablesSql("coalesce(pg_catalog.pg_relation_size(c.oid), 0) / pg_catalog.current_setting('block_size')::bigint");

    private static string TablesSql(string pages) => $"""
        SELECT n.nspname::text, c.relname::text, {pages}
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {OwnSchemas} AND {NotOfExtension("pg_class", "c.oid")}
        """;

    private static readonly string ColumnsSql = $"""
        WITH RECURSIVE plain (oid, base) AS (
            SELECT t.oid, t.oid FROM pg_catalog.pg_type t WHERE t.typtype <> 'd'
            UNION ALL
            SELECT t.oid, p.base FROM pg_catalog.pg_type t JOIN plain p ON p.oid = t.typbasetype WHERE t.typtype = 'd')
        SELECT n.nspname::text, c.relname::text, a.attname::text, b.typname::text, b.typnamespace = 'pg_catalog'::regnamespace, NOT a.attnotnull
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN plain p ON p.oid = a.atttypid
        JOIN pg_catalog.pg_type b ON b.oid = p.base
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND c.relpersistence <> 't' AND {OwnSchemas} AND {NotOfExtension("pg_class", "c.oid")}
        """;

    /// <summary>The names alone.</summary>
    public static async Task<HashSet<SqlName>> ReadNamesAsync(NpgsqlConnection connection, CancellationToken cancellationToken, string? schema = null) =>
        [.. (await ReadTablesAsync(connection, NamesSql + Of(schema), cancellationToken)).Select(table => table.Name)];

    /// <summary>The tables with their columns, the largest first, so that none of the large ones is begun last.</summary>
    /// <param name="connection">In its current transaction.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <param name="schema">Whose tables; null: all.</param>
    public static async Task<IReadOnlyList<TableShape>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken, string? schema = null)
    {
        var tables = await ReadTablesAsync(connection, SizesSql + Of(schema), cancellationToken);
        var columns = tables.ToDictionary(table => table.Name, _ => new List<DigestColumn>());
        await using var command = new NpgsqlCommand(ColumnsSql + Of(schema), connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (columns.TryGetValue(new SqlName(reader.GetString(0), reader.GetString(1)), out var list))
            {
                list.Add(new DigestColumn(reader.GetString(2), reader.GetString(3), reader.GetBoolean(4), reader.GetBoolean(5)));
            }
        }

        return [.. tables.OrderByDescending(table => table.Pages).ThenBy(table => table.Name, SqlName.Order).Select(table => new TableShape(table.Name, columns[table.Name], table.Pages))];
    }

    private static string Of(string? schema) => schema is null ? "" : $" AND n.nspname = {SqlName.Literal(schema)}";

    private static async Task<List<(SqlName Name, long Pages)>> ReadTablesAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var tables = new List<(SqlName, long)>();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            tables.Add((new SqlName(reader.GetString(0), reader.GetString(1)), reader.GetInt64(2)));
        }

        return tables;
    }
}

/// <summary>A table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Columns">In the table's own order.</param>
/// <param name="Pages">Its size on disk in the server's blocks, without what is stored out of line.</param>
internal sealed record TableShape(SqlName Name, IReadOnlyList<DigestColumn> Columns, long Pages);
