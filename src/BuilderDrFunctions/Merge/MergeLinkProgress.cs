using BuilderDrFunctions.Durability;

namespace BuilderDrFunctions.Merge;

/// <summary>Passes a merge's progress on to its operation, table by table.</summary>
internal sealed class MergeLinkProgress(OperationLink link) : IProgress<MergeProgress>
{
    /// <inheritdoc/>
    public void Report(MergeProgress value) => link.ReportAt(value.Step, value.Bytes, null, value.Tables, value.TotalTables);
}
