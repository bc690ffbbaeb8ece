using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Mirror;

/// <summary>Brings one batch of a site's artifacts into the vault.</summary>
public sealed class FetchBatch(ISiteDirectory sites, BatchFetcher fetcher, TimeProvider time, ILogger<FetchBatch> logger)
{
    /// <summary>Does the batch; run again, it goes on where it was.</summary>
    [Function(nameof(FetchBatch))]
    public Task<BatchReceipt> RunAsync([ActivityTrigger] FetchOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        // The link brings back a cancel; progress is summed up by the orchestrator, since batches run side by side.
        var link = new OperationLink(client, time, logger, order.OperationId, "artifacts");
        return link.RunAsync(
            async token =>
            {
                await using var site = sites.Open(order.Site);
                var receipt = await fetcher.FetchAsync(order, await site.GetArtifactsAsync(token), progress: null, token);
                logger.BatchFetched(order.Site, order.Batch, receipt.Fetched, receipt.FetchedBytes, receipt.Kept, receipt.Vanished, receipt.Unreadable);
                return receipt;
            },
            cancellationToken);
    }
}
