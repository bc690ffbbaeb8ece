using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Tests.Mirror;

/// <summary>Does what the orchestrator does, in order and in one process.</summary>
internal sealed class MirrorRun(IVault vault, IObjectStore store, MirrorOptions options)
{
    public const string Site = "main";

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public async Task<MirrorReceipt> PassAsync(MirrorOrder order, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(order, cancellationToken);
        await FetchAsync(order, plan, cancellationToken);
        return await SettleAsync(order, plan, cancellationToken);
    }

    public Task<MirrorPlan> PlanAsync(MirrorOrder order, CancellationToken cancellationToken) =>
        new MirrorPlanner(vault, options).PlanAsync(order, store, progress: null, cancellationToken);

    public async Task FetchAsync(MirrorOrder order, MirrorPlan plan, CancellationToken cancellationToken)
    {
        using var limits = new TransferLimits(options, Time);
        var fetcher = new BatchFetcher(vault, options, limits);
        for (var batch = 1; batch <= plan.Batches; batch++)
        {
            await fetcher.FetchAsync(new FetchOrder(order.Site, order.OperationId, plan.Folder, batch) { Pass = order.Pass }, store, progress: null, cancellationToken);
        }
    }

    public Task<MirrorReceipt> SettleAsync(MirrorOrder order, MirrorPlan plan, CancellationToken cancellationToken)
    {
        var settle = new SettleOrder(order.Site, order.OperationId, order.Pass, plan.Folder, plan.Batches, order.ResultPath, order.ChecksumsPath);
        return new InventorySettler(vault).SettleAsync(settle, progress: null, cancellationToken);
    }

    /// <summary>Warm pass, what happens in between, delta pass.</summary>
    public async Task<MirrorReceipt> BackupAsync(
        string operation, string? newest, Func<Task<string?>> between, CancellationToken cancellationToken)
    {
        var warm = await PassAsync(
            new MirrorOrder(Site, operation, MirrorPass.Warm, newest, MirrorPaths.WarmInventory(Site, operation), null), cancellationToken);
        var checksums = await between();
        return await PassAsync(
            new MirrorOrder(Site, operation, MirrorPass.Delta, warm.InventoryPath, $"sites/{Site}/sets/{operation}/inventory.jsonl.zst", checksums), cancellationToken);
    }

    public static async Task<List<InventoryEntry>> ReadAsync(IVault vault, string path, CancellationToken cancellationToken)
    {
        await using var reader = await InventoryReader.OpenAsync(vault, path, expectedSha256: null, cancellationToken);
        return await reader.ReadAsync(cancellationToken).ToListAsync(cancellationToken);
    }
}
