using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Fills the second vault from the first: artifacts, then a set's files, its manifest last; every copy is read back under its digest.</summary>
/// <remarks>Done again after a crash it goes on where it was: what is there is not sent again, and nothing is a set before its manifest is there.</remarks>
public sealed class CopyingVault(IVault vault, CopyVault copy, SetCatalog catalog, SetFiles files, StoredArtifacts stored)
{
    private const int ManifestLimit = 4 * 1024 * 1024;

    /// <summary>The sets that the copy lacks since its newest one, damaged or not, and older ones that were begun there, oldest first; on the first run the newest alone.</summary>
    /// <remarks>Where the copy is to be read again: the set in question, or none where it is not there.</remarks>
    public async Task<SetsToCopy> FindAsync(SecondCopyOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (site, newest) = (order.Site, order.Label);
        if (order.Rereads)
        {
            return new SetsToCopy(await copy.Vault.FindAsync(SetPaths.Manifest(site, new BackupLabel(newest)), cancellationToken) is null ? [] : [newest]);
        }

        var last = (await new SetCatalog(copy.Vault).FindNewestLabelAsync(site, cancellationToken))?.Value;
        if (last is null)
        {
            return new SetsToCopy([newest]);
        }

        var begun = (await new SetCatalog(copy.Vault).ListAsync(site, cancellationToken)).ToHashSet();
        var labels = new List<string>();
        foreach (var label in await catalog.ListAsync(site, cancellationToken))
        {
            var isLacking = string.CompareOrdinal(label.Value, last) > 0
                || (begun.Contains(label) && await copy.Vault.FindAsync(SetPaths.Manifest(site, label), cancellationToken) is null);
            if (isLacking && await vault.FindAsync(SetPaths.Manifest(site, label), cancellationToken) is not null)
            {
                labels.Add(label.Value);
            }
        }

        labels.Reverse();
        return new SetsToCopy(labels);
    }

    /// <summary>Writes down which artifacts of a set the copy's newest whole set does not name: one merge join in key order. Where the copy is to be read again: all of them.</summary>
    public async Task<CopySetPlan> PlanAsync(SecondCopyOrder order, string label, RecoveryOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var set = await files.GetAsync(order.Site, label, cancellationToken);
        var (there, damaged) = order.Rereads ? (null, []) : await FindBaseAsync(order.Site, cancellationToken);
        var folder = $"{order.Folder}{Guid.NewGuid():N}/";
        var batches = new ArtifactBatches(vault, folder, new InventoryHeader(order.Site, order.OperationId), options);
        await using var known = EntriesAsync(copy.Vault, there, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var hasKnown = await known.MoveNextAsync();
        await foreach (var entry in EntriesAsync(vault, set, cancellationToken))
        {
            while (hasKnown && ObjectStore.KeyOrder.Compare(known.Current.Key, entry.Key) < 0)
            {
                hasKnown = await known.MoveNextAsync();
            }

            var isThere = hasKnown && known.Current.Key == entry.Key && known.Current.Name == entry.Name;
            if (entry.Name is not null && !isThere)
            {
                await batches.AddAsync(entry, cancellationToken);
            }
        }

        await batches.EndAsync(cancellationToken);
        return new CopySetPlan(label, folder, batches.Count, batches.Objects, batches.Bytes) { Damaged = damaged };
    }

    /// <summary>Copies an artifact unless it is there. Where the copy is read again, one that cannot be mended is named and keeps no other from being looked at.</summary>
    /// <exception cref="PermanentFaultException">DR8005 or DR8006: the first vault's is damaged or gone; DR2240: the copy does not keep it.</exception>
    public async Task<SecondCopyReceipt> CopyAsync(SecondCopyOrder order, InventoryEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(entry);
        var path = ObjectVersion.PathOf(order.Site, entry.Name!);
        try
        {
            return await EnsureAsync(path, () => stored.OpenAsync(order.Site, entry, cancellationToken), entry.Bytes, entry.Sha256!, cancellationToken)
                ? new SecondCopyReceipt(Objects: 1, Bytes: entry.Bytes)
                : new SecondCopyReceipt();
        }
        catch (PermanentFaultException fault) when (order.Rereads && SecondCopyFaults.IsAboutOneFile(fault))
        {
            return new SecondCopyReceipt { Problems = [fault.Brief] };
        }
    }

    /// <summary>Copies a set's files, and its manifest last. Where the copy is to be read again and the set is not there any more, it expired meanwhile, and stays away.</summary>
    public async Task<SecondCopyReceipt> CommitAsync(SecondCopyOrder order, string label, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var site = order.Site;
        if (order.Rereads && await copy.Vault.FindAsync(SetPaths.Manifest(site, new BackupLabel(label)), cancellationToken) is null)
        {
            return new SecondCopyReceipt();
        }

        var set = await files.GetAsync(site, label, cancellationToken);
        var written = 0;
        foreach (var file in set.Files)
        {
            var isNew = await EnsureAsync(
                SetPaths.Set(site, new BackupLabel(label)) + file.Path, () => files.OpenAsync(set, file.Path, cancellationToken), file.Bytes, file.Sha256, cancellationToken);
            written += isNew ? 1 : 0;
        }

        written += await EnsureManifestAsync(set, cancellationToken) ? 1 : 0;
        return new SecondCopyReceipt(Sets: 1, Bytes: set.Files.Sum(file => file.Bytes), Files: written);
    }

    /// <summary>Commits a set in the copy. A damaged manifest gives way to the first vault's, which was found whole; one of another format stays.</summary>
    /// <returns>Whether it had to be written.</returns>
    private async Task<bool> EnsureManifestAsync(BackupManifest set, CancellationToken cancellationToken)
    {
        var (label, there) = (new BackupLabel(set.Label), new SetCatalog(copy.Vault));
        var path = SetPaths.Manifest(set.Site, label);
        var manifest = await vault.ReadSmallAsync(path, ManifestLimit, cancellationToken) ?? throw RecoveryFaults.NoSuchSet(set.Site, set.Label);
        var isNew = await copy.Vault.TryCreateAsync(path, manifest.Content, cancellationToken);
        if (!isNew && await IsDamagedAsync(there, set.Site, label, cancellationToken))
        {
            await copy.Vault.DeleteAsync(path, cancellationToken);
            isNew = await copy.Vault.TryCreateAsync(path, manifest.Content, cancellationToken);
        }

        return (await there.FindAsync(set.Site, label, cancellationToken))?.OperationId == set.OperationId ? isNew : throw SecondCopyFaults.NotKept(copy.Vault.Description, path);
    }

    private static async Task<bool> IsDamagedAsync(SetCatalog catalog, string site, BackupLabel label, CancellationToken cancellationToken)
    {
        try
        {
            await catalog.FindAsync(site, label, cancellationToken);
            return false;
        }
        catch (PermanentFaultException fault) when (CatalogFaults.IsDamage(fault))
        {
            return true;
        }
    }

    /// <summary>The copy's newest set of which manifest and inventory are whole, if any; what is newer and damaged is named and passed over.</summary>
    private async Task<(BackupManifest? Set, IReadOnlyList<string> Damaged)> FindBaseAsync(string site, CancellationToken cancellationToken)
    {
        var there = new SetCatalog(copy.Vault);
        var damaged = new List<string>();
        foreach (var label in await there.ListAsync(site, cancellationToken))
        {
            try
            {
                if (await there.FindAsync(site, label, cancellationToken) is { } set)
                {
                    await using var inventory = await new SetFiles(copy.Vault, there).OpenAsync(set, set.Artifacts.InventoryPath, cancellationToken);
                    await inventory.CopyToAsync(Stream.Null, cancellationToken);
                    return (set, damaged);
                }
            }
            catch (PermanentFaultException fault) when (SecondCopyFaults.IsAboutOneSet(fault.Code))
            {
                damaged.Add($"{label}: in the second vault it is damaged: {fault.Brief}");
            }
        }

        return (null, damaged);
    }

    /// <summary>Sees to it that a file is in the copy, every byte of it: an earlier attempt may have left something else, which is replaced.</summary>
    /// <returns>Whether it had to be written.</returns>
    private async Task<bool> EnsureAsync(string path, Func<Task<Stream>> openAsync, long bytes, string sha256, CancellationToken cancellationToken)
    {
        if (await copy.Vault.FindAsync(path, cancellationToken) is not null)
        {
            if (await DigestAsync(path, cancellationToken) == sha256)
            {
                return false;
            }

            // Nothing goes from there before the first vault has shown that it has something better.
            await using (var better = await openAsync())
            {
                await better.CopyToAsync(Stream.Null, cancellationToken);
            }

            await copy.Vault.DeleteAsync(path, cancellationToken);
        }

        await using (var content = await openAsync())
        await using (var writer = await copy.Vault.CreateAsync(path, bytes, cancellationToken))
        {
            await content.CopyToAsync(writer.Content, cancellationToken);
            await writer.CommitAsync(cancellationToken);
        }

        return await DigestAsync(path, cancellationToken) == sha256 ? true : throw SecondCopyFaults.NotKept(copy.Vault.Description, path);
    }

    private async Task<string> DigestAsync(string path, CancellationToken cancellationToken)
    {
        await using var content = new DigestStream(await copy.Vault.OpenReadAsync(path, 0, cancellationToken));
        await content.CopyToAsync(Stream.Null, cancellationToken);
        return content.Sha256();
    }

    private static async IAsyncEnumerable<InventoryEntry> EntriesAsync(
        IVault vault, BackupManifest? set, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (set is null)
        {
            yield break;
        }

        await using var inventory = await InventoryReader.OpenAsync(
            vault, SetPaths.Set(set.Site, new BackupLabel(set.Label)) + set.Artifacts.InventoryPath,
            set.Files.First(file => file.Path == set.Artifacts.InventoryPath).Sha256, cancellationToken);
        await foreach (var entry in inventory.ReadAsync(cancellationToken))
        {
            yield return entry;
        }
    }
}
