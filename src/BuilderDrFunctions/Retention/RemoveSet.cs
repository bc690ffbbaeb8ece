using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Retention;

/// <summary>Removes one set that expires, or the folder of one that was never committed.</summary>
public sealed class RemoveSet(VaultRetentions retentions, TimeProvider time, ILogger<RemoveSet> logger)
{
    /// <summary>Removes it; run again, it goes on where it was.</summary>
    [Function(nameof(RemoveSet))]
    public Task<RemoveReceipt> RunAsync([ActivityTrigger] RemoveOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var (run, label) = (order.Order, order.Label);
        return new OperationLink(client, time, logger, run.OperationId, label).RunAsync(
            async token =>
            {
                var receipt = await retentions.Of(run).Remover.RemoveAsync(
                    run.Site, new BackupLabel(label), order.IsLeftover,
                    async (operation, look) => !(await client.GetInstanceAsync(operation, look))?.IsCompleted, token);
                if (receipt.Removed)
                {
                    logger.SetExpired(label, run.Site, receipt.Bytes);
                }

                if ((receipt.Problem ?? receipt.Stays) is { } problem)
                {
                    logger.SetNotExpired(label, run.Site, problem);
                }

                return receipt;
            },
            cancellationToken);
    }
}
