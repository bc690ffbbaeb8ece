using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Copies a set's files and, last, its manifest into the second vault, or reads them again there; then removes the run's lists.</summary>
public sealed class CommitCopy(CopyingVault copying, IVault vault, TimeProvider time, ILogger<CommitCopy> logger)
{
    /// <summary>Commits the copy; run again, it is success.</summary>
    [Function(nameof(CommitCopy))]
    public Task<SecondCopyReceipt> RunAsync([ActivityTrigger] CopySetOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.Order.OperationId, order.Label).RunAsync(
            async token =>
            {
                var receipt = await copying.CommitAsync(order.Order, order.Label, token);
                await vault.RemoveScratchAsync(order.Order.Folder, token);
                if (!order.Order.Rereads)
                {
                    logger.SetCopied(order.Label, order.Order.Site);
                }

                return receipt;
            },
            cancellationToken);
}
