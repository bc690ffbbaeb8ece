using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Restore;

/// <summary>Removes from the bucket what a plan listed, as long as it is still the object the plan saw.</summary>
public sealed class PruneArtifacts(ISiteDirectory sites, IVault vault, IOptions<RecoveryOptions> options, TimeProvider time, ILogger<PruneArtifacts> logger)
{
    // A listing tells milliseconds, a header seconds.
    private static readonly TimeSpan HeaderPrecision = TimeSpan.FromSeconds(1);

    /// <summary>Gives how many are gone by now.</summary>
    [Function(nameof(PruneArtifacts))]
    public Task<long> RunAsync([ActivityTrigger] PruneOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "prune");
        return link.RunAsync(token => PruneAsync(order, link, token), cancellationToken);
    }

    private async Task<long> PruneAsync(PruneOrder order, OperationLink link, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var bucket = await site.GetArtifactsAsync(cancellationToken);
        await using var list = await InventoryReader.OpenAsync(vault, order.Path, expectedSha256: null, cancellationToken);
        long removed = 0;
        await Parallel.ForEachAsync(
            list.ReadAsync(cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = options.Value.Parallelism, CancellationToken = cancellationToken },
            async (entry, token) =>
            {
                // Uploaded anew since: no plan said that this version should go. The same content has the same ETag, so the time tells.
                await using (var body = await bucket.OpenReadAsync(entry.Key, entry.ETag, 0, token))
                {
                    if (body is null || body.ModifiedAt - entry.ModifiedAt > HeaderPrecision)
                    {
                        return;
                    }
                }

                await bucket.DeleteAsync(entry.Key, token);
                link.Report(0, null, Interlocked.Increment(ref removed));
            });
        return removed;
    }
}

/// <summary>What is to be removed.</summary>
/// <param name="OperationId">The restore.</param>
/// <param name="Site">Whose bucket.</param>
/// <param name="Path">The plan's list in the vault.</param>
public sealed record PruneOrder(string OperationId, string Site, string Path);
