using Npgsql;

namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Loads rows into a table by binary COPY.</summary>
internal static class TableCopy
{
    /// <summary>Loads them in one statement.</summary>
    /// <param name="connection">Its types must be known (enums too).</param>
    /// <param name="table">The table, with its schema where it is not on the search path.</param>
    /// <param name="columns">Names and types as in a CREATE TABLE, such as <c>id bigint, name text</c>.</param>
    /// <param name="rows">Values in the columns' order.</param>
    /// <param name="cancellationToken">Ends the load; nothing is kept then.</param>
    /// <returns>How many rows were loaded.</returns>
    public static async Task<long> LoadAsync(
        NpgsqlConnection connection,
        string table,
        string columns,
        IEnumerable<object?[]> rows,
        CancellationToken cancellationToken)
    {
        var parts = columns.Split(", ").Select(column => column.Split(' ', 2)).ToList();
        var sql = $"COPY {table} ({string.Join(", ", parts.Select(column => column[0]))}) FROM STDIN (FORMAT BINARY)";
        await using var import = await connection.BeginBinaryImportAsync(sql, cancellationToken);
        import.Timeout = TimeSpan.FromMinutes(15);
        foreach (var row in rows)
        {
            await import.StartRowAsync(cancellationToken);
            for (var i = 0; i < parts.Count; i++)
            {
                if (row[i] is { } value)
                {
                    await import.WriteAsync(value, parts[i][1], cancellationToken);
                }
                else
                {
                    await import.WriteNullAsync(cancellationToken);
                }
            }
        }

        return (long)await import.CompleteAsync(cancellationToken);
    }
}
