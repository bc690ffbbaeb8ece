using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Restore;

/// <summary>Copies one batch of artifacts from the vault into the bucket, digested on the way: a damaged one never arrives.</summary>
public sealed class CopyArtifacts(
    ISiteDirectory sites, StoredArtifacts stored, IVault vault, IOptions<RecoveryOptions> options, TimeProvider time, ILogger<CopyArtifacts> logger)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Does the batch. Run again, it writes the same objects once more.</summary>
    [Function(nameof(CopyArtifacts))]
    public Task<CopyReceipt> RunAsync([ActivityTrigger] CopyOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        // The link brings back a cancel; progress is summed up by the orchestrator, since batches run side by side.
        var link = new OperationLink(client, time, logger, order.OperationId, "artifacts");
        return link.RunAsync(token => CopyAsync(order, token), cancellationToken);
    }

    private async Task<CopyReceipt> CopyAsync(CopyOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var bucket = await site.GetArtifactsAsync(cancellationToken);
        var entries = await ArtifactBatches.ReadAsync(vault, order.Folder, order.Batch, cancellationToken);
        var receipt = new CopyReceipt();
        var gate = new Lock();
        await Parallel.ForEachAsync(
            entries,
            new ParallelOptions { MaxDegreeOfParallelism = options.Value.Parallelism, CancellationToken = cancellationToken },
            async (entry, token) =>
            {
                var one = await CopyAsync(order, bucket, entry, token);
                lock (gate)
                {
                    receipt = receipt.Plus(one);
                }
            });
        logger.BatchCopied(order.Site, order.Batch, receipt.Copied, receipt.CopiedBytes, receipt.Same, receipt.Lost);
        return receipt;
    }

    private async Task<CopyReceipt> CopyAsync(CopyOrder order, IObjectStore bucket, InventoryEntry entry, CancellationToken cancellationToken)
    {
        var key = order.Prefix + entry.Key;
        if (entry.ETag.Length > 0 && await IsSameAsync(bucket, key, entry, cancellationToken))
        {
            return new CopyReceipt(Objects: 1, Same: 1);
        }

        try
        {
            await using var content = await stored.OpenAsync(order.SourceSite, entry, cancellationToken);
            await bucket.PutAsync(key, content, entry.Bytes, cancellationToken);
            return new CopyReceipt(Objects: 1, Copied: 1, CopiedBytes: entry.Bytes);
        }
        catch (PermanentFaultException fault) when (StoredArtifacts.IsLoss(fault))
        {
            return new CopyReceipt(Objects: 1, Lost: 1, FirstLost: [fault.What]);
        }
    }

    private static async Task<bool> IsSameAsync(IObjectStore bucket, string key, InventoryEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await bucket.OpenReadAsync(key, entry.ETag, 0, cancellationToken);
            if (body is null || body.Bytes != entry.Bytes)
            {
                return false;
            }

            await using var hashing = new DigestStream(body.Content);
            var buffer = new byte[(int)Math.Clamp(entry.Bytes, 1, BufferBytes)];
            int read;
            do
            {
                read = await hashing.ReadAsync(buffer, cancellationToken);
            }
            while (read > 0);

            return string.Equals(hashing.Sha256(), entry.Sha256, StringComparison.Ordinal);
        }
        catch (TransientFaultException fault) when (ObjectStoreFaults.IsAboutOneObject(fault))
        {
            // The bucket lists it and does not give it: the vault's takes its place.
            return false;
        }
    }
}
