using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Verify;

/// <summary>Reads one batch of stored artifacts to their ends, under their digests.</summary>
public sealed class VerifyArtifacts(
    IVault vault, StoredArtifacts stored, DamagedObjects damaged, ReadRate rate, IOptions<RecoveryOptions> options, TimeProvider time, ILogger<VerifyArtifacts> logger)
{
    /// <summary>Gives what was found.</summary>
    [Function(nameof(VerifyArtifacts))]
    public Task<VerifyReceipt> RunAsync([ActivityTrigger] VerifyBatchOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        // The link brings back a cancel; progress is summed up by the orchestrator, since batches run side by side.
        var link = new OperationLink(client, time, logger, order.OperationId, "artifacts");
        return link.RunAsync(token => VerifyAsync(order, token), cancellationToken);
    }

    private async Task<VerifyReceipt> VerifyAsync(VerifyBatchOrder order, CancellationToken cancellationToken)
    {
        var receipt = new VerifyReceipt();
        var lost = new List<InventoryEntry>();
        var gate = new Lock();
        await Parallel.ForEachAsync(
            await ArtifactBatches.ReadAsync(vault, order.Folder, order.Batch, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = options.Value.Parallelism, CancellationToken = cancellationToken },
            async (entry, token) =>
            {
                string? finding = null;
                try
                {
                    await stored.ReadAsync(order.Site, entry, piece => rate.TakeAsync(piece.Length, token), token);
                }
                catch (PermanentFaultException fault) when (StoredArtifacts.IsLoss(fault))
                {
                    finding = fault.Brief;
                }

                lock (gate)
                {
                    receipt = receipt.Plus(VerifyReceipt.Of(entry.Bytes, finding));
                    if (finding is not null)
                    {
                        lost.Add(entry);
                    }
                }
            });
        if (lost.Count > 0)
        {
            await damaged.NoteAsync(order.Site, order.OperationId, order.Batch, lost.OrderBy(entry => entry.Key, KeyOrder.Instance), cancellationToken);
        }

        return receipt;
    }
}
