using BuilderDrFunctions.Catalog;
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
    public async Task<IReadOnlyList<string>> CopyAsync(BackupLabel newest, CancellationToken cancellationToken)
    {
        var catalog = new SetCatalog(first);
        var copying = new CopyingVault(first, new CopyVault(second), catalog, new SetFiles(first, catalog), new StoredArtifacts(first));
        var damaged = new List<string>();
        foreach (var label in (await copying.FindAsync(ExpiryRun.Site, newest.Value, cancellationToken)).Labels)
        {
            var plan = await copying.PlanAsync(new SecondCopyOrder("op", ExpiryRun.Site, newest.Value), label, new RecoveryOptions(), cancellationToken);
            damaged.AddRange(plan.Damaged);
            for (var batch = 1; batch <= plan.Batches; batch++)
            {
                foreach (var entry in await ArtifactBatches.ReadAsync(first, plan.Folder, batch, cancellationToken))
                {
                    await copying.CopyAsync(ExpiryRun.Site, entry, cancellationToken);
                }
            }

            await copying.CommitAsync(ExpiryRun.Site, label, cancellationToken);
        }

        return damaged;
    }
}
