using System.Globalization;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Restore;

/// <summary>Tells when a Builder's database was last written to, by its own columns <c>created_at</c> and <c>updated_at</c>.</summary>
internal static class NewestWrite
{
    /// <summary>The latest moment that any table names, UTC; null where none does, and of what an interrupted DROP left, where nobody can read or write any more.</summary>
    public static async Task<DateTimeOffset?> FindAsync(PostgresServer postgres, string database, CancellationToken cancellationToken) =>
        await postgres.IsHalfDroppedAsync(database, cancellationToken) ? null : await postgres.UseAsync(database, FindAsync, cancellationToken);

    private static async Task<DateTimeOffset?> FindAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var columns = new List<(string Schema, string Table, string Column)>();
        await using (var list = new NpgsqlCommand(
            """
            SELECT columns.table_schema::text, columns.table_name::text, columns.column_name::text
            FROM information_schema.columns
            JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_type = 'BASE TABLE' AND columns.table_schema NOT IN ('pg_catalog', 'information_schema')
              AND columns.column_name IN ('created_at', 'updated_at') AND data_type LIKE 'timestamp%'
            """,
            connection))
        {
            await using var rows = await list.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                columns.Add((rows.GetString(0), rows.GetString(1), rows.GetString(2)));
            }
        }

        DateTimeOffset? newest = null;
        foreach (var (schema, table, column) in columns)
        {
            var sql = string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT max({SqlName.Quote(column)})::timestamptz FROM {new SqlName(schema, table)} WHERE isfinite({SqlName.Quote(column)})");
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            if (await command.ExecuteScalarAsync(cancellationToken) is DateTime found && new DateTimeOffset(found, TimeSpan.Zero) is var at && (newest is null || at > newest))
            {
                newest = at;
            }
        }

        return newest;
    }
}
