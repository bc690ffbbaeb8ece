using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Retention;

/// <summary>Writes down, sorted, which object versions the inventories of some sets name.</summary>
public sealed class ListNames(VaultRetentions retentions, TimeProvider time, ILogger<ListNames> logger)
{
    /// <summary>Gives the lists; run again, it writes others in a folder of their own.</summary>
    [Function(nameof(ListNames))]
    public Task<NamesReceipt> RunAsync([ActivityTrigger] NamesOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.Order.OperationId, "inventories").RunAsync(
            async token => new NamesReceipt(await retentions.Of(order.Order).Names.WriteAsync(
                order.Order.Site, order.Labels.Select(label => new BackupLabel(label)), $"{order.Order.Folder}{Guid.NewGuid():N}/", token)),
            cancellationToken);
}
