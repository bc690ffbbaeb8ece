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

namespace BuilderDrFunctions.Repair;

/// <summary>Puts one batch of artifacts back from the vault, each only where the bucket is still as the plan saw it, and reads it back.</summary>
public sealed class PutBackArtifacts(
    ISiteDirectory sites, StoredArtifacts stored, IVault vault, IOptions<RecoveryOptions> options, TimeProvider time, ILogger<PutBackArtifacts> logger)
{
    /// <summary>Does the batch. Run again, it finds what it put back and lets it be.</summary>
    [Function(nameof(PutBackArtifacts))]
    public Task<MendReceipt> RunAsync([ActivityTrigger] PutBackOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "artifacts");
        return link.RunAsync(token => PutBackAsync(order, token), cancellationToken);
    }

    private async Task<MendReceipt> PutBackAsync(PutBackOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var bucket = await site.GetArtifactsAsync(cancellationToken);
        var receipt = new MendReceipt();
        var gate = new Lock();
        await Parallel.ForEachAsync(
            await RepairPlanner.ReadPutBackAsync(vault, order, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = options.Value.Parallelism, CancellationToken = cancellationToken },
            async (entry, token) =>
            {
                var one = await OneObject.MendAsync(bucket, entry.Key, () => PutBackAsync(order.Site, bucket, entry, token), token);
                lock (gate)
                {
                    receipt = receipt.Plus(one);
                }
            });
        return receipt;
    }

    private async Task<MendReceipt> PutBackAsync(string site, IObjectStore bucket, InventoryEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            if (await ChangeAsync(bucket, entry, cancellationToken) is { } change)
            {
                return change;
            }

            await using (var content = await stored.OpenAsync(site, entry, cancellationToken))
            {
                await bucket.PutAsync(entry.Key, content, entry.Bytes, cancellationToken);
            }

            return await ChecksumOfAsync(bucket, entry.Key, cancellationToken) == entry.Blake2b
                ? MendReceipt.Mended(entry.Bytes)
                : MendReceipt.NotMended($"{entry.Key}: what was put back reads otherwise; look at the S3 service's disks");
        }
        catch (PermanentFaultException fault) when (StoredArtifacts.IsLoss(fault))
        {
            return MendReceipt.NotMended(fault.Brief);
        }
    }

    /// <summary>Null when the bucket is as the plan saw it; what is right by now counts as mended, by an earlier attempt of this very batch perhaps.</summary>
    private static async Task<MendReceipt?> ChangeAsync(IObjectStore bucket, InventoryEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            string found;
            await using (var body = await bucket.OpenReadAsync(entry.Key, ifETag: null, 0, cancellationToken))
            {
                if (body is null || (entry.ETag.Length > 0 && string.Equals(body.ETag, entry.ETag, StringComparison.Ordinal)))
                {
                    return null;
                }

                (found, _) = await ArtifactChecksum.OfAsync(body.Content, cancellationToken);
            }

            return string.Equals(found, entry.Blake2b, StringComparison.OrdinalIgnoreCase)
                ? MendReceipt.Mended(entry.Bytes)
                : MendReceipt.Changed($"{entry.Key}: it was uploaded anew since the plan was made");
        }
        catch (TransientFaultException fault) when (entry.Verdict == ObjectVerdict.Unreadable && ObjectStoreFaults.IsAboutOneObject(fault))
        {
            return null;
        }
    }

    private static async Task<string?> ChecksumOfAsync(IObjectStore bucket, string key, CancellationToken cancellationToken)
    {
        await using var body = await bucket.OpenReadAsync(key, ifETag: null, 0, cancellationToken);
        return body is null ? null : (await ArtifactChecksum.OfAsync(body.Content, cancellationToken)).Checksum;
    }
}
