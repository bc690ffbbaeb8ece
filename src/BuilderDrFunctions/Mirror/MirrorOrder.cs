using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Mirror;

/// <summary>One mirror pass.</summary>
/// <param name="Site">Whose bucket.</param>
/// <param name="OperationId">The run; its scratch is under <see cref="MirrorPaths.RunFolder"/>.</param>
/// <param name="Pass">Warm or delta.</param>
/// <param name="BaseInventoryPath">Objects in it are not fetched again: the newest set's inventory (warm), the warm pass's (delta); null: everything is new.</param>
/// <param name="ResultPath">Where the resulting inventory goes.</param>
/// <param name="ChecksumsPath">The set's checksums (<see cref="InventoryChecksums"/>) for verdicts; null: <see cref="ObjectVerdict.Unchecked"/>.</param>
public sealed record MirrorOrder(string Site, string OperationId, MirrorPass Pass, string? BaseInventoryPath, string ResultPath, string? ChecksumsPath)
{
    /// <summary>Lists of stored objects that were found damaged or lost (<see cref="DamagedObjects"/>): those that the bucket still has are stored anew.</summary>
    public IReadOnlyList<string> Damaged { get; init; } = [];

    /// <summary>Leaves the settling of the inventory for later: to be asked for with this very order, not fetch only, with the plan and all its batches done.</summary>
    public bool FetchOnly { get; init; }

    /// <summary>Set by the orchestration itself when it continues as new; null when asked for, unless only the settling is left.</summary>
    public MirrorPlan? Plan { get; init; }

    /// <summary>Batches done when the orchestration continued as new.</summary>
    public int BatchesDone { get; init; }

    /// <summary>Their sum.</summary>
    public BatchReceipt Done { get; init; } = new();
}
