using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Finds what a role may not read before a dump stumbles over it, in whatever language the server words its errors.</summary>
internal static class ReadableCheck
{
    private const int Named = 5;

    private static readonly string Sql = $"""
        SELECT n.nspname::text, c.relname::text, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND {TableCatalog.OwnSchemas} AND {TableCatalog.NotOfExtension("pg_class", "c.oid")}
          AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END)
        ORDER BY 1, 2
        """;

    /// <summary>A permanent fault naming the objects and the GRANTs when something may not be read.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, PostgresEndpoint endpoint, string database, CancellationToken cancellationToken)
    {
        var objects = new List<string>();
        var grants = new SortedSet<string>(StringComparer.Ordinal);
        var role = SqlName.Quote(endpoint.Username);
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = new SqlName(reader.GetString(0), reader.GetString(1));
            var kind = reader.GetString(2);
            objects.Add($"{kind} {name}");
            if (!reader.GetBoolean(3))
            {
                grants.Add($"GRANT USAGE ON SCHEMA {SqlName.Quote(name.Schema)} TO {role};");
            }

            grants.Add($"GRANT SELECT ON ALL {kind.ToUpperInvariant()}S IN SCHEMA {SqlName.Quote(name.Schema)} TO {role};");
        }

        if (objects.Count > 0)
        {
            var more = objects.Count > Named ? $" and {objects.Count - Named} more" : "";
            throw PostgresFaults.PermissionDenied(
                endpoint, database, string.Join(", ", objects.Take(Named)) + more, $"As the owner, in that database: {string.Join(' ', grants.Take(2 * Named))}");
        }
    }
}
