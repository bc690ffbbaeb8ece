using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Backup;

/// <summary>Finds what a mirror compares the bucket with: the newest set whose manifest and inventory are whole.</summary>
/// <remarks>A damaged one is said and passed over, so that it does not keep every later night from being backed up.</remarks>
internal static class BaseInventory
{
    /// <summary>The inventory's path from the vault's root; null where there is none: then the vault is looked into before anything is fetched.</summary>
    public static async Task<string?> FindAsync(IVault vault, SetCatalog catalog, string site, DateTimeOffset now, List<string> warnings, CancellationToken cancellationToken)
    {
        // One of the future would stay the base until then, and all that came since be looked at anew every night.
        foreach (var label in (await catalog.ListAsync(site, cancellationToken)).OrderBy(label => ClockRule.IsAhead(label.At, now)))
        {
            try
            {
                if (await catalog.FindAsync(site, label, cancellationToken) is { } set)
                {
                    return await CheckAsync(vault, set, cancellationToken);
                }
            }
            catch (PermanentFaultException fault) when (CatalogFaults.IsUnreadable(fault) || InventoryFaults.IsUnreadable(fault))
            {
                warnings.Add($"set {label} was passed over as the base of this one: {fault.Brief}");
            }
        }

        return null;
    }

    private static async Task<string> CheckAsync(IVault vault, BackupManifest set, CancellationToken cancellationToken)
    {
        var path = SetPaths.Set(set.Site, new BackupLabel(set.Label)) + set.Artifacts.InventoryPath;
        var expected = set.Files.First(file => file.Path == set.Artifacts.InventoryPath).Sha256;
        if (await vault.FindAsync(path, cancellationToken) is null)
        {
            throw InventoryFaults.Damaged(path, "it is not there");
        }

        await using var inventory = await InventoryReader.OpenAsync(vault, path, expected, cancellationToken);
        await inventory.CheckAsync(cancellationToken);
        return path;
    }
}
