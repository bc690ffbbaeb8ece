namespace BuilderDrFunctions.Mirror;

/// <summary>One batch to fetch.</summary>
/// <param name="Site">Whose bucket.</param>
/// <param name="OperationId">The run.</param>
/// <param name="Folder">The plan's.</param>
/// <param name="Batch">Its number.</param>
public sealed record FetchOrder(string Site, string OperationId, string Folder, int Batch)
{
    /// <summary>The delta pass, during which Builder's API is down, does not wait for an object that the bucket does not give.</summary>
    public MirrorPass Pass { get; init; } = MirrorPass.Warm;
}

/// <summary>The inventory to make of a plan whose batches are done.</summary>
public sealed record SettleOrder(string Site, string OperationId, MirrorPass Pass, string Folder, int Batches, string ResultPath, string? ChecksumsPath);
