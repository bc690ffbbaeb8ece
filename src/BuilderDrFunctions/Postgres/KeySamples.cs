using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Looks for rows that would break a key if several tables became one.</summary>
internal static class KeySamples
{
    private const int Shown = 3;

    // values that let someone in, or unlock something
    private static readonly string[] Secret = ["token", "body", "value", "vcs_auth_token"];

    /// <summary>Keys that occur more than once in all parts together; null where there is none.</summary>
    public static async Task<KeyFinding?> DuplicatesAsync(NpgsqlConnection connection, UniqueKey key, TableUnion rows, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", key.Columns.Select(SqlName.Quote));
        // to gather every key's schemas costs several times as much as to see that none is there twice
        var any = $"SELECT EXISTS (SELECT 1 FROM ({rows.Select(key.Columns)}) AS united WHERE {NotNull(key.Columns)} GROUP BY {columns} HAVING pg_catalog.count(*) > 1)";
        await using (var command = new NpgsqlCommand(any, connection))
        {
            if (!(bool)(await command.ExecuteScalarAsync(cancellationToken))!)
            {
                return null;
            }
        }

        var sql = $"""
            SELECT {AsText(key.Columns)}, pg_catalog.array_agg(DISTINCT part ORDER BY part), pg_catalog.count(*) OVER ()
            FROM ({rows.Select(key.Columns, "part")}) AS united
            WHERE {NotNull(key.Columns)} GROUP BY {columns} HAVING pg_catalog.count(*) > 1 ORDER BY {columns} LIMIT {Shown}
            """;
        return await ReadAsync(connection, sql, key.Columns, cancellationToken);
    }

    /// <summary>Keys that have no like in the other table's parts together; null where there is none.</summary>
    public static Task<KeyFinding?> DanglingAsync(NpgsqlConnection connection, ForeignKey key, TableUnion rows, TableUnion others, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", key.Columns.Select(SqlName.Quote));
        var match = string.Join(" AND ", key.Columns.Zip(key.ReferencedColumns, (here, there) => $"there.{SqlName.Quote(there)} = here.{SqlName.Quote(here)}"));
        var sql = $"""
            SELECT {AsText(key.Columns)}, pg_catalog.array_agg(DISTINCT part ORDER BY part), pg_catalog.count(*) OVER ()
            FROM ({rows.Select(key.Columns, "part")}) AS here
            WHERE {NotNull(key.Columns)} AND NOT EXISTS (SELECT 1 FROM ({others.Select(key.ReferencedColumns)}) AS there WHERE {match})
            GROUP BY {columns} ORDER BY {columns} LIMIT {Shown}
            """;
        return ReadAsync(connection, sql, key.Columns, cancellationToken);
    }

    private static string AsText(IEnumerable<string> columns) => $"ARRAY[{string.Join(", ", columns.Select(column => $"{SqlName.Quote(column)}::text"))}]";

    private static string NotNull(IEnumerable<string> columns) => string.Join(" AND ", columns.Select(column => $"{SqlName.Quote(column)} IS NOT NULL"));

    private static async Task<KeyFinding?> ReadAsync(NpgsqlConnection connection, string sql, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        var samples = new List<string>();
        var parts = new SortedSet<string>(StringComparer.Ordinal);
        var count = 0L;
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var values = columns.Zip(await reader.GetFieldValueAsync<string[]>(0, cancellationToken), (column, value) => Secret.Contains(column, StringComparer.Ordinal) ? "…" : value);
            var found = await reader.GetFieldValueAsync<string[]>(1, cancellationToken);
            samples.Add($"({string.Join(", ", columns)}) = ({string.Join(", ", values)}) in {string.Join(" and ", found)}");
            parts.UnionWith(found);
            count = reader.GetInt64(2);
        }

        return count == 0 ? null : new KeyFinding(count, samples, [.. parts]);
    }
}

/// <summary>Keys that are not as they must be.</summary>
/// <param name="Count">How many.</param>
/// <param name="Samples">The first of them, as phrases that name the schemas they are in; values that are secrets are left out.</param>
/// <param name="Parts">The samples' schemas.</param>
internal sealed record KeyFinding(long Count, IReadOnlyList<string> Samples, IReadOnlyList<string> Parts);
