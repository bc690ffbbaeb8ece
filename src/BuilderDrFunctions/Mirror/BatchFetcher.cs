using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Mirror;

/// <summary>Does one work list. Done again after a crash, it goes on where it was: what is in the vault is never fetched from the bucket again.</summary>
public sealed class BatchFetcher(IVault vault, MirrorOptions options, TransferLimits limits)
{
    private const int Probes = 8;

    /// <summary>How long the bucket may take to begin with an object while Builder's API is down, all repetitions included.</summary>
    internal static readonly TimeSpan QuiescedLimit = TimeSpan.FromSeconds(30);

    /// <summary>Fetches a batch's objects and writes its receipt, or gives the receipt already written.</summary>
    public async Task<BatchReceipt> FetchAsync(
        FetchOrder order, IObjectStore store, IProgress<MirrorProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var receiptPath = MirrorPaths.Receipt(order.Folder, order.Batch);
        if (await vault.FindAsync(receiptPath, cancellationToken) is not null)
        {
            return (await WorkList.ReadReceiptAsync(vault, receiptPath, cancellationToken)).Head;
        }

        var work = await WorkList.ReadAsync(vault, MirrorPaths.Work(order.Folder, order.Batch), cancellationToken);
        var attempt = await BeginAttemptAsync(order, cancellationToken);
        var isQuiesced = order.Pass == MirrorPass.Delta;
        var transfer = new ObjectTransfer(vault, store, limits, order.Site) { OpenLimit = isQuiesced ? QuiescedLimit : null };
        var run = new BatchRun(transfer, work, limits, options.Parallelism, progress)
        {
            Rounds = isQuiesced ? 1 : 2,
            ChecksFirst = attempt > 1 || await AnyStoredAsync(order.Site, work, cancellationToken),
        };
        await run.RunAsync(cancellationToken);
        if (!run.Failures.IsEmpty)
        {
            await GiveUpAsync(run, store, isLast: isQuiesced || attempt >= options.UnreadableAfterAttempts, cancellationToken);
        }

        await WorkList.WriteAsync(vault, receiptPath, run.Receipt, run.Results, cancellationToken);
        // Should another attempt have been quicker, its receipt is the one that counts.
        return (await WorkList.ReadReceiptAsync(vault, receiptPath, cancellationToken)).Head;
    }

    /// <summary>Counts the times a batch was begun: from the second on, objects may be in the vault already.</summary>
    private async Task<int> BeginAttemptAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        var earlier = await vault.ListAsync(MirrorPaths.Attempts(order.Folder, order.Batch), cancellationToken).CountAsync(cancellationToken);
        for (var attempt = earlier + 1; ; attempt++)
        {
            await using var mark = await vault.CreateAsync(MirrorPaths.Attempt(order.Folder, order.Batch, attempt), expectedBytes: 1, cancellationToken);
            await mark.Content.WriteAsync("1"u8.ToArray(), cancellationToken);
            if (await mark.CommitAsync(cancellationToken))
            {
                return attempt;
            }
        }
    }

    /// <summary>An earlier run that was never committed leaves objects too; a few probes tell whether it came this far.</summary>
    private async Task<bool> AnyStoredAsync(string site, List<InventoryEntry> work, CancellationToken cancellationToken)
    {
        var probes = Enumerable.Range(0, Probes).Select(probe => work[(int)((long)probe * work.Count / Probes)]).Distinct();
        var found = await Task.WhenAll(probes.Select(entry =>
            vault.FindAsync(ObjectVersion.PathOf(site, ObjectVersion.NameOf(entry.Key, entry.ETag, entry.Bytes)), cancellationToken)));
        return found.Any(entry => entry is not null);
    }

    /// <summary>
    /// Ends the attempt, so that the batch is tried again later; unless it was tried often enough, the bucket answers, and the failures are about
    /// single objects: then one damaged disk must not keep every other artifact from being backed up.
    /// </summary>
    private static async Task GiveUpAsync(BatchRun run, IObjectStore store, bool isLast, CancellationToken cancellationToken)
    {
        var first = run.Failures.Values.First();
        if (!isLast || run.Failures.Values.Any(fault => !MirrorFaults.IsAboutOneObject(fault)))
        {
            throw first;
        }

        await store.CheckAsync(cancellationToken);
        run.NoteUnreadable();
    }
}
