using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Backup;

/// <summary>Writes a set's manifest, after every file of it was read back; then removes what only the run needed.</summary>
public sealed class CommitSet(SetCatalog catalog, DamagedObjects damaged, IVault vault, TimeProvider time)
{
    /// <summary>Commits the set. Running it again is success.</summary>
    [Function(nameof(CommitSet))]
    public async Task<BackupReceipt> RunAsync([ActivityTrigger] CommitOrder commit, CancellationToken cancellationToken)
    {
        var order = commit.Order;
        if (await catalog.FindAsync(order.Site, order.BackupLabel, cancellationToken) is not { } manifest || manifest.OperationId != order.OperationId)
        {
            manifest = ManifestOf(commit);
            await catalog.CommitAsync(manifest, cancellationToken);
        }

        if (commit.Preflight.Damaged.Count > 0)
        {
            await using var inventory = await InventoryReader.OpenAsync(vault, commit.Delta.InventoryPath, commit.Delta.InventorySha256, cancellationToken);
            await damaged.SettleAsync(order.Site, order.OperationId, commit.Preflight.Damaged, inventory.ReadAsync(cancellationToken), cancellationToken);
        }

        await vault.RemoveScratchAsync(SetPaths.Run(order.Site, order.OperationId), cancellationToken);

        return new BackupReceipt(order.Label, order.Site, manifest.Complete, manifest.TotalBytes, manifest.Api.DownSeconds, manifest.Warnings);
    }

    private BackupManifest ManifestOf(CommitOrder commit)
    {
        var order = commit.Order;
        List<SetFile> files = [.. commit.Dumps.SelectMany(dump => dump.Files)];
        var inventory = new SetFile(SetPaths.WithinSet(commit.Delta.InventoryPath), commit.Delta.InventoryBytes, commit.Delta.InventorySha256);
        files.Add(inventory);
        if (commit.Configuration is { } configuration)
        {
            files.Add(configuration.File);
        }

        return new BackupManifest(
            BackupManifest.CurrentFormat, order.Label, order.Site, order.OperationId, commit.StartedAt, time.GetUtcNow(),
            commit.Dumps.Count > 0 ? commit.Dumps.Min(dump => dump.SnapshotAt) : commit.StartedAt,
            commit.Api, [.. commit.Dumps.Select(dump => dump.Database)],
            new ArtifactsRecord(
                inventory.Path, commit.Delta.Counts.Objects, commit.Delta.Counts.Bytes, commit.Warm.Transfer.Fetched + commit.Delta.Transfer.Fetched,
                commit.Warm.Transfer.FetchedBytes + commit.Delta.Transfer.FetchedBytes, commit.Delta.Counts),
            commit.Configuration?.Configuration, [.. commit.Preflight.Warnings, .. WarningsOf(commit.Configuration?.Configuration), .. WarningsOf(commit.Delta.Counts), .. WarningsOf(commit.Warm.Transfer.Plus(commit.Delta.Transfer))], files);
    }

    private static IEnumerable<string> WarningsOf(ConfigurationRecord? configuration)
    {
        if (configuration is { KeyRevisions.Count: 0 })
        {
            yield return "Builder's keys are NOT in this set: the Builder host has no bldr-* key where it was looked for; what is restored without them is dead. Is Sites__<n>__Service__HabRoot right?";
        }
    }

    private static IEnumerable<string> WarningsOf(BatchReceipt transfer)
    {
        if (transfer.Mended > 0)
        {
            yield return $"{transfer.Mended} stored artifacts were damaged or lost in the vault and were stored anew from the bucket: look at what the vault lies on";
        }
    }

    private static IEnumerable<string> WarningsOf(InventoryCounts counts)
    {
        if (counts.Missing > 0)
        {
            yield return $"INCOMPLETE: {counts.Missing} packages of the database have no artifact in the bucket";
        }

        if (counts.Mismatch > 0)
        {
            yield return $"INCOMPLETE: {counts.Mismatch} artifacts are not what the database says they must be";
        }

        if (counts.Unreadable > 0)
        {
            yield return $"INCOMPLETE: {counts.Unreadable} artifacts could not be read from the bucket";
        }
    }
}
