namespace BuilderDrFunctions.Postgres;

/// <summary>Tables of one shape read as one: all shards of a table, or a single table.</summary>
/// <param name="Parts">The tables; columns are always named, so their order in each does not count.</param>
internal sealed record TableUnion(IReadOnlyList<SqlName> Parts)
{
    /// <summary>How many are read at once. The planner's work grows with the square of a UNION ALL's parts: planning 128 small ones as one took longer than reading them.</summary>
    public const int PartsPerStatement = 16;

    /// <summary>The same tables in several unions, each small enough to be planned fast.</summary>
    public IEnumerable<TableUnion> Pieces() => Parts.Chunk(PartsPerStatement).Select(parts => new TableUnion(parts));

    /// <summary>A SELECT of those columns from all parts.</summary>
    /// <param name="columns">Unquoted names.</param>
    /// <param name="part">Name of a further column that says from which schema a row is; null: none.</param>
    public string Select(IEnumerable<string> columns, string? part = null)
    {
        var list = string.Join(", ", columns.Select(SqlName.Quote));
        return string.Join(" UNION ALL ", Parts.Select(table => $"SELECT {list}{(part is null ? "" : $", {SqlName.Literal(table.Schema)}::text AS {part}")} FROM ONLY {table}"));
    }

    /// <summary>A SELECT of every part's schema and row count.</summary>
    public string SelectCounts() =>
        string.Join(" UNION ALL ", Parts.Select(table => $"SELECT {SqlName.Literal(table.Schema)}::text, pg_catalog.count(*) FROM ONLY {table}"));
}
