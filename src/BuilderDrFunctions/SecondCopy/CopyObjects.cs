using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Copies one list of artifacts into the second vault.</summary>
public sealed class CopyObjects(CopyingVault copying, IVault vault, IOptions<RecoveryOptions> options, TimeProvider time, ILogger<CopyObjects> logger)
{
    /// <summary>Copies them; run again, it copies what is left.</summary>
    [Function(nameof(CopyObjects))]
    public Task<SecondCopyReceipt> RunAsync([ActivityTrigger] CopyBatchOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.Order.OperationId, "second copy").RunAsync(token => CopyAsync(order, token), cancellationToken);

    private async Task<SecondCopyReceipt> CopyAsync(CopyBatchOrder order, CancellationToken cancellationToken)
    {
        var receipt = new SecondCopyReceipt();
        var gate = new Lock();
        await Parallel.ForEachAsync(
            await ArtifactBatches.ReadAsync(vault, order.Folder, order.Batch, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = options.Value.Parallelism, CancellationToken = cancellationToken },
            async (entry, token) =>
            {
                var one = await copying.CopyAsync(order.Order, entry, token);
                lock (gate)
                {
                    receipt = receipt.Plus(one);
                }
            });
        return receipt;
    }
}
