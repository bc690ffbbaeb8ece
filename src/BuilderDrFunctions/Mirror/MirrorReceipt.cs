using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Mirror;

/// <summary>What a mirror pass left: an inventory and what it adds up to.</summary>
/// <param name="InventoryPath">Where it lies.</param>
/// <param name="InventorySha256">Of the file as it lies there.</param>
/// <param name="InventoryBytes">The file's size.</param>
/// <param name="Counts">Objects, bytes and verdicts.</param>
/// <param name="Transfer">What had to be fetched.</param>
public sealed record MirrorReceipt(string InventoryPath, string InventorySha256, long InventoryBytes, InventoryCounts Counts, BatchReceipt Transfer)
{
    /// <summary>Of a pass that leaves the settling for later: what is to be settled. Inventory and counts are still empty then.</summary>
    public MirrorPlan? Plan { get; init; }
}

/// <summary>What one batch, or several, did.</summary>
/// <param name="Objects">Objects dealt with.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Fetched">Those transferred from the bucket.</param>
/// <param name="FetchedBytes">Their size.</param>
/// <param name="Kept">Those found in the vault already, from an interrupted run.</param>
/// <param name="Vanished">Those gone from the bucket.</param>
/// <param name="Unreadable">Those the bucket's service does not give.</param>
/// <param name="Mended">Those fetched because what the vault had of them was damaged or lost.</param>
public sealed record BatchReceipt(
    long Objects = 0, long Bytes = 0, long Fetched = 0, long FetchedBytes = 0, long Kept = 0, long Vanished = 0, long Unreadable = 0, long Mended = 0)
{
    /// <summary>The sum of both.</summary>
    public BatchReceipt Plus(BatchReceipt other) => new(
        Objects + other.Objects, Bytes + other.Bytes, Fetched + other.Fetched, FetchedBytes + other.FetchedBytes,
        Kept + other.Kept, Vanished + other.Vanished, Unreadable + other.Unreadable, Mended + other.Mended);
}
