using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Mirror;

/// <summary>Writes the inventory of a mirror pass whose batches are done.</summary>
public sealed class SettleInventory(InventorySettler settler, TimeProvider time, ILogger<SettleInventory> logger)
{
    /// <summary>Settles; run again, it reads back what was written.</summary>
    [Function(nameof(SettleInventory))]
    public Task<MirrorReceipt> RunAsync([ActivityTrigger] SettleOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "inventory");
        return link.RunAsync(token => settler.SettleAsync(order, new LinkProgress(link), token), cancellationToken);
    }
}
