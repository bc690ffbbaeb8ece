using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Verify;

/// <summary>Reads a set's manifest and inventory, and cuts the artifacts into batches.</summary>
public sealed class PlanVerify(
    SetFiles files, IVault vault, CopyVault copy, IOptions<RecoveryOptions> options, IOptions<VerifyOptions> verify, TimeProvider time, ILogger<PlanVerify> logger)
{
    /// <summary>Gives the plan; a damaged inventory is a finding, and the files are read all the same.</summary>
    [Function(nameof(PlanVerify))]
    public Task<VerifyPlan> RunAsync([ActivityTrigger] VerifyOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "inventory");
        return link.RunAsync(token => PlanAsync(order, token), cancellationToken);
    }

    private async Task<VerifyPlan> PlanAsync(VerifyOrder order, CancellationToken cancellationToken)
    {
        var set = await files.GetAsync(order.Site, order.Label, cancellationToken);
        var folder = $"{SetPaths.Run(order.Site, order.OperationId)}{Guid.NewGuid():N}/";
        var batches = new ArtifactBatches(vault, folder, new InventoryHeader(order.Site, order.OperationId), options.Value);
        var found = new VerifyReceipt();
        try
        {
            await using var inventory = await InventoryReader.OpenAsync(
                vault, SetPaths.Set(set.Site, new BackupLabel(set.Label)) + set.Artifacts.InventoryPath, expectedSha256: null, cancellationToken);
            await foreach (var entry in inventory.ReadAsync(cancellationToken))
            {
                if (entry.Name is not null)
                {
                    await batches.AddAsync(entry, cancellationToken);
                }
            }

            if (inventory.Counts != set.Artifacts.Counts)
            {
                found = new VerifyReceipt(0, 0, 1, [$"the inventory counts {inventory.Counts.Objects} objects of {inventory.Counts.Bytes} bytes, the manifest {set.Artifacts.Objects} of {set.Artifacts.Bytes}"]);
            }
        }
        catch (PermanentFaultException fault) when (RecoveryFaults.IsDamage(fault))
        {
            found = new VerifyReceipt(0, 0, 1, [fault.What]);
        }

        await batches.EndAsync(cancellationToken);
        return new VerifyPlan([.. set.Files], folder, batches.Count, batches.Objects, batches.Bytes, found)
        {
            ReadsCopy = copy.IsConfigured && verify.Value.SecondVault,
        };
    }
}
