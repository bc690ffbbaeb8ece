using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Retention;

/// <summary>Removes the scratch that ended runs left in the vault.</summary>
public sealed class RunSweep(IVault vault, RetentionOptions options, TimeProvider time)
{
    /// <summary>Removes a run's folder, or a part of it.</summary>
    /// <returns>Bytes freed.</returns>
    public Task<long> RemoveAsync(string folder, CancellationToken cancellationToken) => vault.RemoveScratchAsync(folder, cancellationToken);

    /// <summary>Removes the scratch of runs that ended before the grace period began, and plans of repairs that are too old to be carried out.</summary>
    /// <remarks>It runs under the site's lock, as carrying out a plan does.</remarks>
    /// <param name="site">Whose runs.</param>
    /// <param name="isAliveAsync">Whether a run is still under way.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Bytes freed.</returns>
    public async Task<long> RemoveEndedAsync(string site, Func<OperationId, Task<bool>> isAliveAsync, CancellationToken cancellationToken)
    {
        long bytes = 0;
        var before = time.GetUtcNow() - options.Grace;
        await foreach (var folder in vault.ListFoldersAsync(SetPaths.Runs(site), cancellationToken))
        {
            if (OperationId.TryParse(folder) is { } run && run.At < before && !await isAliveAsync(run))
            {
                bytes += await RemoveAsync(SetPaths.Run(site, folder), cancellationToken);
            }
        }

        var madeBefore = time.GetUtcNow() - (options.Grace > RepairPlans.Life ? options.Grace : RepairPlans.Life);
        await foreach (var folder in vault.ListFoldersAsync(RepairPlans.Folder(site), cancellationToken))
        {
            if (OperationId.TryParse(folder) is { } plan && plan.At < madeBefore)
            {
                bytes += await RemoveAsync(RepairPlans.Folder(site, folder), cancellationToken);
            }
        }

        return bytes;
    }
}
