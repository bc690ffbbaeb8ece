using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Merge;

/// <summary>What a merge wrote and proved.</summary>
internal sealed record MergeResult(
    string ServerVersion, string Algorithm, IReadOnlyList<MergedTable> Tables, IReadOnlyList<MergedSequence> Sequences, IReadOnlyList<MergeStage> Stages,
    IReadOnlyList<string> Decisions);

/// <summary>Holds digests of merged tables against those of their sources.</summary>
internal static class MergeDifferences
{
    /// <summary>What differs, one sentence each.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<(string Table, TableDigest Source, TableDigest Merged)> tables) =>
    [
        .. tables.Where(table => table.Source != table.Merged).Select(table => table.Source.Rows == table.Merged.Rows
            ? string.Create(CultureInfo.InvariantCulture, $"table {table.Table} has other content in its {table.Merged.Rows} rows")
            : string.Create(CultureInfo.InvariantCulture, $"table {table.Table} has {table.Merged.Rows} rows instead of {table.Source.Rows}")),
    ];
}
