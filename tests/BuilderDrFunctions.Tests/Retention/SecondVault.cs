using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.SecondCopy;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Tests.Retention;

/// <summary>Fills a second vault and lets it expire as the orchestrators do, in order and in one process.</summary>
internal sealed class SecondVault(MemoryVault first, MemoryVault second, RetentionOptions options, TimeProvider time)
{
    public ExpiryRun Expiry => new(second, options, time) { First = new SetCatalog(first) };

    /// <summary>Copies what is lacking; gives what was found damaged in the second vault.</summary>
    public async Task<IReadOnlyList<string>> CopyAsync(BackupLabel newest, CancellationToken cancellationToken) =>
        (await RunAsync(new SecondCopyOrder("op", ExpiryRun.Site, newest.Value), cancellationToken)).Problems;

    /// <summary>Reads a set again in the second vault, as a verification does.</summary>
    public Task<SecondCopyReceipt> RereadAsync(BackupLabel label, CancellationToken cancellationToken) =>
        RunAsync(new SecondCopyOrder("op", ExpiryRun.Site, label.Value) { Rereads = true }, cancellationToken);

    private async Task<SecondCopyReceipt> RunAsync(SecondCopyOrder order, CancellationToken cancellationToken)
    {
        var catalog = new SetCatalog(first);
        var copying = new CopyingVault(first, new CopyVault(second), catalog, new SetFiles(first, catalog), new StoredArtifacts(first));
        var receipt = new SecondCopyReceipt();
        foreach (var label in (await copying.FindAsync(order, cancellationToken)).Labels)
        {
            try
            {
                receipt = receipt.Plus(await CopyAsync(copying, order, label, cancellationToken));
            }
            catch (PermanentFaultException fault) when (SecondCopyFaults.IsAboutOneSet(fault.Code))
            {
                receipt = receipt.Plus(new SecondCopyReceipt { Problems = [$"{label}: {fault.Brief}"] });
            }
        }

        return receipt;
    }

    private async Task<SecondCopyReceipt> CopyAsync(CopyingVault copying, SecondCopyOrder order, string label, CancellationToken cancellationToken)
    {
        var plan = await copying.PlanAsync(order, label, new RecoveryOptions(), cancellationToken);
        var receipt = new SecondCopyReceipt { Problems = plan.Damaged };
        for (var batch = 1; batch <= plan.Batches; batch++)
        {
            foreach (var entry in await ArtifactBatches.ReadAsync(first, plan.Folder, batch, cancellationToken))
            {
                receipt = receipt.Plus(await copying.CopyAsync(order, entry, cancellationToken));
            }
        }

        return receipt.Plus(await copying.CommitAsync(order, label, cancellationToken));
    }
}
