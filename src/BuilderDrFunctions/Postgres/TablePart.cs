using System.Globalization;

namespace BuilderDrFunctions.Postgres;

/// <summary>A table, or a range of its blocks, whose digest one connection reads.</summary>
/// <param name="Table">The table.</param>
/// <param name="Condition">Which rows, as SQL; null: all.</param>
internal sealed record TablePart(TableShape Table, string? Condition)
{
    // below this the statements cost more than a second connection gains
    private const long LeastPages = 4096;

    // an older server would read the whole table for each range
    private const int FirstWithRangeScans = 140000;

    /// <summary>The tables in parts that so many connections can read beside each other.</summary>
    /// <param name="tables">All of them.</param>
    /// <param name="connections">How many parts a large one makes.</param>
    /// <param name="serverVersion">As PostgreSQL counts.</param>
    /// <param name="leastPages">What a large one is.</param>
    public static IReadOnlyList<TablePart> Divide(IEnumerable<TableShape> tables, int connections, int serverVersion, long leastPages = LeastPages) =>
        [.. tables.SelectMany(table => connections > 1 && table.Pages >= leastPages && serverVersion >= FirstWithRangeScans ? Ranges(table, connections) : [new TablePart(table, null)])];

    private static IEnumerable<TablePart> Ranges(TableShape table, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var begin = string.Create(CultureInfo.InvariantCulture, $"ctid >= '({table.Pages * i / count},0)'::tid");
            var end = string.Create(CultureInfo.InvariantCulture, $"ctid < '({table.Pages * (i + 1) / count},0)'::tid");
            // the last has no end: the table may have grown since it was measured
            yield return new TablePart(table, i == count - 1 ? begin : $"{begin} AND {end}");
        }
    }
}
