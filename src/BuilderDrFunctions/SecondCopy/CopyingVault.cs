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

    /// <summary>The sets that the copy lacks, damaged or not, oldest first: the order's own, what was committed since the copy's newest, and what was begun there; on the first run no others.</summary>
    /// <remarks>
    /// What was taken while the clock was wrong has a label that says nothing of what came last: it keeps no other set from being copied.
    /// Where the copy is to be read again: the set in question, or none where it is not there.
    /// </remarks>
    public async Task<SetsToCopy> FindAsync(SecondCopyOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (site, own) = (order.Site, new BackupLabel(order.Label));
        if (order.Rereads)
        {
            return new SetsToCopy(await copy.Vault.FindAsync(SetPaths.Manifest(site, own), cancellationToken) is null ? [] : [own.Value]);
        }

        var there = await new SetCatalog(copy.Vault).ListFoldersAsync(site, cancellationToken);
        var missing = (await catalog.ListFoldersAsync(site, cancellationToken)).Committed.Except(there.Committed).ToList();
        var lacking = missing.Where(label => label == own || there.Begun.Contains(label)).ToHashSet();
        if (await FindLastCopiedAsync(site, own, there.Committed, cancellationToken) is { } last)
        {
            // A label is of the run's begin: one that is later needs no look at when the set was committed.
            lacking.UnionWith(missing.Where(label => label.At > last));
            var committed = await catalog.ReadCommittedAtAsync(site, missing.Where(label => !lacking.Contains(label)), cancellationToken);
            lacking.UnionWith(committed.Where(set => set.Value > last).Select(set => set.Key));
        }

        return new SetsToCopy([.. lacking.Select(label => label.Value).Order(StringComparer.Ordinal)]);
    }

    /// <summary>When the copy's newest set was committed; what seems to be newer than the order's own, which was taken last, is dated wrongly and does not count.</summary>
    private async Task<DateTimeOffset?> FindLastCopiedAsync(string site, BackupLabel own, IReadOnlySet<BackupLabel> copied, CancellationToken cancellationToken)
    {
        var taken = (await catalog.ReadCommittedAtAsync(site, [own], cancellationToken)).GetValueOrDefault(own, own.At);
        foreach (var label in copied.OrderByDescending(label => label.Value, StringComparer.Ordinal))
        {
            if ((await new SetCatalog(copy.Vault).ReadCommittedAtAsync(site, [label], cancellationToken)).TryGetValue(label, out var at) && at <= taken)
            {
                return at;
            }
        }

        return null;
    }

    /// <summary>Notes in the copy that the set is begun, and writes down which of its artifacts the copy's last whole set does not name: one merge join in key order. Where the copy is to be read again: all of them.</summary>
    public async Task<CopySetPlan> PlanAsync(SecondCopyOrder order, string label, RecoveryOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var set = await files.GetAsync(order.Site, label, cancellationToken);
        if (!order.Rereads)
        {
            // The set's own files come last: whatever keeps its artifacts away, this is what it is known by when the next run looks for what is lacking.
            await copy.Vault.TryCreateAsync(SetPaths.Copying(order.Site, new BackupLabel(label)), "{}"u8.ToArray(), cancellationToken);
        }

        var (there, damaged) = order.Rereads ? (null, []) : await FindBaseAsync(set, cancellationToken);
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
        await copy.Vault.RemoveAsync(SetPaths.Copying(site, new BackupLabel(label)), cancellationToken);
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

    /// <summary>The copy's whole set that was committed last before this one, or else next, if any; what is damaged on the way there is named and passed over.</summary>
    private async Task<(BackupManifest? Set, IReadOnlyList<string> Damaged)> FindBaseAsync(BackupManifest wanted, CancellationToken cancellationToken)
    {
        var there = new SetCatalog(copy.Vault);
        var (later, damaged) = (new Stack<BackupManifest>(), new List<string>());
        foreach (var label in await there.ListAsync(wanted.Site, cancellationToken))
        {
            if (await UnlessDamagedAsync(label.Value, damaged, () => there.FindAsync(wanted.Site, label, cancellationToken)) is not { } set)
            {
                continue;
            }

            if (set.CommittedAt > wanted.CommittedAt)
            {
                later.Push(set);
            }
            else if (await UnlessDamagedAsync(set.Label, damaged, () => ReadInventoryAsync(there, set, cancellationToken)) is not null)
            {
                return (set, damaged);
            }
        }

        foreach (var set in later)
        {
            if (await UnlessDamagedAsync(set.Label, damaged, () => ReadInventoryAsync(there, set, cancellationToken)) is not null)
            {
                return (set, damaged);
            }
        }

        return (null, damaged);
    }

    private async Task<BackupManifest?> ReadInventoryAsync(SetCatalog there, BackupManifest set, CancellationToken cancellationToken)
    {
        await using var inventory = await new SetFiles(copy.Vault, there).OpenAsync(set, set.Artifacts.InventoryPath, cancellationToken);
        await inventory.CopyToAsync(Stream.Null, cancellationToken);
        return set;
    }

    private static async Task<BackupManifest?> UnlessDamagedAsync(string label, List<string> damaged, Func<Task<BackupManifest?>> read)
    {
        try
        {
            return await read();
        }
        catch (PermanentFaultException fault) when (SecondCopyFaults.IsAboutOneSet(fault.Code))
        {
            damaged.Add($"{label}: in the second vault it is damaged: {fault.Brief}");
            return null;
        }
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
