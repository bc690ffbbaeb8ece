using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.ServerTests.Mirror;

/// <summary>Does a pass as its orchestrator would, trying a batch again after a fault that may pass.</summary>
internal sealed class MirrorPasses(IVault vault, IObjectStore store, MirrorOptions options, int attempts = 1)
{
    public const string Site = "main";

    public static MirrorOrder Order(string operation, string? from, string? checksums = null)
        => new(Site, operation, MirrorPass.Delta, from, $"sites/{Site}/sets/{operation}/inventory.jsonl.zst", checksums);

    public async Task<MirrorReceipt> RunAsync(MirrorOrder order, CancellationToken cancellationToken)
    {
        var plan = await RetryAsync(() => new MirrorPlanner(vault, options).PlanAsync(order, store, progress: null, cancellationToken));
        using var limits = new TransferLimits(options, TimeProvider.System);
        var fetcher = new BatchFetcher(vault, options, limits);
        await Parallel.ForEachAsync(
            Enumerable.Range(1, plan.Batches),
            new ParallelOptions { MaxDegreeOfParallelism = plan.Window, CancellationToken = cancellationToken },
            async (batch, token) => await RetryAsync(
                () => fetcher.FetchAsync(new FetchOrder(order.Site, order.OperationId, plan.Folder, batch), store, progress: null, token)));
        var settle = new SettleOrder(order.Site, order.OperationId, order.Pass, plan.Folder, plan.Batches, order.ResultPath, order.ChecksumsPath);
        return await RetryAsync(() => new InventorySettler(vault).SettleAsync(settle, progress: null, cancellationToken));
    }

    public static async Task<List<InventoryEntry>> ReadAsync(IVault vault, MirrorReceipt receipt, CancellationToken cancellationToken)
    {
        await using var reader = await InventoryReader.OpenAsync(vault, receipt.InventoryPath, receipt.InventorySha256, cancellationToken);
        return await reader.ReadAsync(cancellationToken).ToListAsync(cancellationToken);
    }

    private async Task<T> RetryAsync<T>(Func<Task<T>> step)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await step();
            }
            catch (Faults.TransientFaultException) when (attempt < attempts)
            {
                // As the orchestrator's retry policy does, without its pauses.
            }
        }
    }
}
