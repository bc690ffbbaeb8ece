using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Benchmarks.Mirror;

/// <summary>A whole pass as the orchestrator does it, in one process.</summary>
internal static class MirrorPassRun
{
    public const string Site = "bench";

    public static string Inventory(string operation) => $"sites/{Site}/sets/{operation}/inventory.jsonl.zst";

    public static async Task<MirrorReceipt> RunAsync(
        IVault vault, IObjectStore store, MirrorOptions options, string operation, string? from, CancellationToken cancellationToken)
    {
        var order = new MirrorOrder(Site, operation, MirrorPass.Delta, from, Inventory(operation), ChecksumsPath: null);
        var plan = await new MirrorPlanner(vault, options).PlanAsync(order, store, progress: null, cancellationToken);
        using var limits = new TransferLimits(options, TimeProvider.System);
        var fetcher = new BatchFetcher(vault, options, limits);
        await Parallel.ForEachAsync(
            Enumerable.Range(1, plan.Batches),
            new ParallelOptions { MaxDegreeOfParallelism = plan.Window, CancellationToken = cancellationToken },
            async (batch, token) => await fetcher.FetchAsync(new FetchOrder(Site, operation, plan.Folder, batch), store, progress: null, token));
        var settle = new SettleOrder(Site, operation, order.Pass, plan.Folder, plan.Batches, order.ResultPath, order.ChecksumsPath);
        return await new InventorySettler(vault).SettleAsync(settle, progress: null, cancellationToken);
    }

    public static S3ObjectStore Store(string endpoint, string bucket, string accessKey, string secretKey)
        => new(new ArtifactsOptions { Endpoint = endpoint, Bucket = bucket, AccessKey = accessKey, SecretKey = secretKey }, TimeProvider.System);
}
