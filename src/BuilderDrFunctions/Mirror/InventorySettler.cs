using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Mirror;

/// <summary>Makes the inventory of a plan whose batches are done: one merge of draft, receipts and checksums, all in key order, in constant memory.</summary>
public sealed class InventorySettler(IVault vault)
{
    private const int ProgressEvery = 10_000;

    /// <summary>Writes the inventory, or reads what an earlier attempt wrote.</summary>
    public async Task<MirrorReceipt> SettleAsync(SettleOrder order, IProgress<MirrorProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var receipts = new ReceiptReader(vault, order);
        var isWritten = await vault.FindAsync(order.ResultPath, cancellationToken) is null && await WriteAsync(order, receipts, progress, cancellationToken);
        if (!isWritten)
        {
            await receipts.SumAsync(cancellationToken);
        }

        return await ReadBackAsync(order, receipts.Transfer, cancellationToken);
    }

    /// <summary>What is reported is what lies in the vault, not what was meant to.</summary>
    private async Task<MirrorReceipt> ReadBackAsync(SettleOrder order, BatchReceipt transfer, CancellationToken cancellationToken)
    {
        await using var inventory = await InventoryReader.OpenAsync(vault, order.ResultPath, expectedSha256: null, cancellationToken);
        await foreach (var _ in inventory.ReadAsync(cancellationToken))
        {
            // Only counted.
        }

        var bytes = (await vault.FindAsync(order.ResultPath, cancellationToken))?.Bytes ?? throw MirrorFaults.WorkLost(order.ResultPath);
        return new MirrorReceipt(order.ResultPath, inventory.Sha256!, bytes, inventory.Counts, transfer);
    }

    /// <summary>All that it reads is the run's own scratch.</summary>
    private async Task<bool> WriteAsync(SettleOrder order, ReceiptReader receipts, IProgress<MirrorProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await MergeAsync(order, receipts, progress, cancellationToken);
        }
        catch (PermanentFaultException fault) when (MirrorFaults.IsLoss(fault))
        {
            throw MirrorFaults.WorkLost(fault);
        }
    }

    private async Task<bool> MergeAsync(SettleOrder order, ReceiptReader receipts, IProgress<MirrorProgress>? progress, CancellationToken cancellationToken)
    {
        await using var result = await InventoryWriter.CreateAsync(
            vault, order.ResultPath, new InventoryHeader(order.Site, order.OperationId), cancellationToken);
        await using var draft = await InventoryReader.OpenAsync(vault, MirrorPaths.Draft(order.Folder), expectedSha256: null, cancellationToken);
        var checksums = order.ChecksumsPath is null
            ? AsyncEnumerable.Empty<PackageChecksum>()
            : InventoryChecksums.ReadAsync(vault, order.ChecksumsPath, cancellationToken);
        await using var rows = checksums.GetAsyncEnumerator(cancellationToken);
        var judge = new ObjectJudge(order.Pass, hasChecksums: order.ChecksumsPath is not null);
        var hasRow = await rows.MoveNextAsync();
        long objects = 0;
        await foreach (var drafted in draft.ReadAsync(cancellationToken))
        {
            for (; hasRow && KeyOrder.Compare(rows.Current.Key, drafted.Key) < 0; hasRow = await rows.MoveNextAsync())
            {
                await result.WriteAsync(ObjectJudge.WithoutObject(rows.Current.Key), cancellationToken);
            }

            var row = hasRow && string.Equals(rows.Current.Key, drafted.Key, StringComparison.Ordinal) ? rows.Current : null;
            var entry = drafted.Verdict == ObjectVerdict.Pending ? await receipts.TakeAsync(drafted.Key, cancellationToken) : drafted;
            if (judge.Judge(entry, row?.Blake2b) is { } judged)
            {
                await result.WriteAsync(judged, cancellationToken);
            }

            hasRow = row is null ? hasRow : await rows.MoveNextAsync();
            if (++objects % ProgressEvery == 0)
            {
                progress?.Report(new MirrorProgress("settling", objects, 0, null, null));
            }
        }

        for (; hasRow; hasRow = await rows.MoveNextAsync())
        {
            await result.WriteAsync(ObjectJudge.WithoutObject(rows.Current.Key), cancellationToken);
        }

        receipts.End();
        return (await result.CommitAsync(cancellationToken)).Committed;
    }
}
