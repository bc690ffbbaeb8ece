using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Makes a site's bucket, as a new machine needs it.</summary>
public sealed class CreateBucket(ISiteDirectory sites, TimeProvider time, ILogger<CreateBucket> logger)
{
    /// <summary>Run again, it finds the bucket there.</summary>
    [Function(nameof(CreateBucket))]
    public Task<bool> RunAsync([ActivityTrigger] RestoreOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.OperationId, "bucket").RunAsync(
            async token =>
            {
                await using var site = sites.Open(order.Site);
                await (await site.GetArtifactsAsync(token)).CreateAsync(token);
                return true;
            },
            cancellationToken);
}
