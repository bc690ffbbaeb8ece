namespace BuilderDrFunctions.Merge;

/// <summary>What a merge would do, and what stands against it.</summary>
/// <param name="Database">Where the merged rows go.</param>
/// <param name="IsMerged">The shards' flag is set: it was done before.</param>
/// <param name="Tables">What would be merged, in that order.</param>
/// <param name="Bytes">What the sources take on disk.</param>
/// <param name="Problems">What is wrong; none, or nothing is merged.</param>
/// <param name="Notes">What an operator should know.</param>
public sealed record MergePlan(
    string Database, bool IsMerged, IReadOnlyList<PlannedTable> Tables, long Bytes, IReadOnlyList<MergeProblem> Problems, IReadOnlyList<string> Notes)
{
    /// <summary>Rows of all tables.</summary>
    public long Rows => Tables.Sum(table => table.Rows);
}

/// <summary>A table that would be merged.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Source">The database its rows are in.</param>
/// <param name="Rows">How many.</param>
/// <param name="Shards">How many shards have some; 0 where there are no shards.</param>
public sealed record PlannedTable(string Table, string Source, long Rows, int Shards);
