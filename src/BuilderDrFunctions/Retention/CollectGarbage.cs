using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Retention;

/// <summary>Removes the stored objects of one list.</summary>
public sealed class CollectGarbage(VaultRetentions retentions, TimeProvider time, ILogger<CollectGarbage> logger)
{
    /// <summary>Removes them; run again, it removes what is left.</summary>
    [Function(nameof(CollectGarbage))]
    public Task<CollectReceipt> RunAsync([ActivityTrigger] CollectOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.Order.OperationId, "garbage").RunAsync(
            async token =>
            {
                var receipt = await retentions.Of(order.Order).Garbage.RemoveAsync(order.Order.Site, order.Folder, order.Batch, token);
                if (receipt.Refused > 0)
                {
                    logger.GarbageRefused(order.Order.Site, receipt.Refused, receipt.FirstRefused![0]);
                }

                return receipt;
            },
            cancellationToken);
}
