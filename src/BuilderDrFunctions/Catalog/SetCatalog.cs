using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>The committed backup sets of each site.</summary>
public sealed class SetCatalog(IVault vault)
{
    private const int ManifestLimit = 4 * 1024 * 1024;
    private const int NoteLimit = 16 * 1024;
    private const int ReadsAtOnce = 16;

    /// <summary>The labels of a site's committed sets, newest first.</summary>
    /// <remarks>Labels are gathered in memory (about 100 bytes each); manifests are not read.</remarks>
    public async Task<IReadOnlyList<BackupLabel>> ListAsync(string site, CancellationToken cancellationToken)
    {
        var labels = new List<BackupLabel>();
        await foreach (var folder in vault.ListFoldersAsync(SetPaths.Sets(site), cancellationToken))
        {
            if (BackupLabel.TryParse(folder) is { } label)
            {
                labels.Add(label);
            }
        }

        labels.Sort((left, right) => string.CompareOrdinal(right.Value, left.Value));
        return labels;
    }

    /// <summary>The newest committed sets of a site that are older than <paramref name="before"/>, newest first; a set that cannot be read is named and passed over.</summary>
    /// <remarks>They are read <see cref="ReadsAtOnce"/> at a time: a page of 100 is hundreds of requests to a storage account.</remarks>
    /// <param name="site">Of which Builder.</param>
    /// <param name="before">A label; null or empty: from the newest on.</param>
    /// <param name="top">How many at most.</param>
    /// <param name="view">What is wanted of each, which may read more of the vault.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<CatalogPage<T>> ReadPageAsync<T>(
        string site, string? before, int top, Func<BackupManifest, Task<T>> view, CancellationToken cancellationToken)
        where T : class
    {
        var labels = await ListAsync(site, cancellationToken);
        var next = string.IsNullOrEmpty(before) ? 0 : labels.TakeWhile(label => string.CompareOrdinal(label.Value, before) >= 0).Count();
        var sets = new List<T>(top);
        var damaged = new List<DamagedSet>();
        while (sets.Count + damaged.Count < top && next < labels.Count)
        {
            var read = Math.Min(Math.Min(ReadsAtOnce, top - sets.Count - damaged.Count), labels.Count - next);
            var found = await Task.WhenAll(labels.Skip(next).Take(read).Select(label => ViewAsync(site, label, view, cancellationToken)));
            sets.AddRange(found.Select(one => one.Set).OfType<T>());
            damaged.AddRange(found.Select(one => one.Damaged).OfType<DamagedSet>());
            next += read;
        }

        return new CatalogPage<T>(sets, damaged, next < labels.Count ? labels[next - 1].Value : null);
    }

    /// <summary>The label of a site's oldest committed set, whether its manifest can be read or not; null when there is no set.</summary>
    public async Task<BackupLabel?> FindOldestLabelAsync(string site, CancellationToken cancellationToken)
    {
        foreach (var label in (await ListAsync(site, cancellationToken)).Reverse())
        {
            if (await vault.FindAsync(SetPaths.Manifest(site, label), cancellationToken) is not null)
            {
                return label;
            }
        }

        return null;
    }

    /// <summary>The labels of a site's newest committed sets: the newest that is not dated in the future, and the newest if it is. Their manifests may be unreadable.</summary>
    public async Task<NewestLabels> FindNewestLabelAsync(string site, DateTimeOffset now, CancellationToken cancellationToken)
    {
        BackupLabel? ahead = null;
        foreach (var label in await ListAsync(site, cancellationToken))
        {
            var isAhead = ClockRule.IsAhead(label.At, now);
            if ((!isAhead || ahead is null) && await vault.FindAsync(SetPaths.Manifest(site, label), cancellationToken) is not null)
            {
                if (!isAhead)
                {
                    return new NewestLabels(label, ahead);
                }

                ahead = label;
            }
        }

        return new NewestLabels(null, ahead);
    }

    /// <summary>A site's newest committed sets: the newest that is not dated in the future, and the label of the newest if it is; folders without a manifest are no sets and are passed over.</summary>
    /// <param name="site">Of which Builder.</param>
    /// <param name="until">Neither label nor recovery point is later; null: whatever they are.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<(BackupManifest? Set, string? Ahead)> FindNewestAsync(string site, DateTimeOffset? until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string? ahead = null;
        foreach (var label in await ListAsync(site, cancellationToken))
        {
            // A run that began later shows nothing earlier, so its set need not be read, nor be whole. One that may be meant and is damaged is said.
            if (label.At > until || await FindAsync(site, label, cancellationToken) is not { } set || set.RecoveryPoint > until)
            {
                continue;
            }

            if (!ClockRule.IsAhead(set, now))
            {
                return (set, ahead);
            }

            ahead ??= set.Label;
        }

        return (null, ahead);
    }

    /// <summary>The newest committed set of a site that can be read, and the newer ones that cannot.</summary>
    /// <param name="site">Of which Builder.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="now">Where it is given, what is dated in the future is passed over.</param>
    public async Task<NewestSets> FindNewestReadableAsync(string site, CancellationToken cancellationToken, DateTimeOffset? now = null)
    {
        var unreadable = new List<DamagedSet>();
        foreach (var label in await ListAsync(site, cancellationToken))
        {
            var (set, damaged) = await ViewAsync(site, label, Task.FromResult, cancellationToken);
            if (set is not null && (now is null || !ClockRule.IsAhead(set, now.Value)))
            {
                return new NewestSets(set, unreadable);
            }

            if (damaged is not null)
            {
                unreadable.Add(damaged);
            }
        }

        return new NewestSets(null, unreadable);
    }

    /// <summary>How many committed sets a site has: one listing, in which a folder without a manifest is none.</summary>
    public async Task<int> CountAsync(string site, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var (label, path) in FilesAsync(site, cancellationToken))
        {
            count += path == SetPaths.Manifest(site, label) ? 1 : 0;
        }

        return count;
    }

    /// <summary>A site's committed sets and those that were only begun, by one listing: no manifest is read.</summary>
    public async Task<SetFolders> ListFoldersAsync(string site, CancellationToken cancellationToken)
    {
        var (committed, begun) = (new HashSet<BackupLabel>(), new HashSet<BackupLabel>());
        await foreach (var (label, path) in FilesAsync(site, cancellationToken))
        {
            (path == SetPaths.Manifest(site, label) ? committed : begun).Add(label);
        }

        begun.ExceptWith(committed);
        return new SetFolders(committed, begun);
    }

    /// <summary>When sets were committed, as their manifests say, or their labels where these cannot be read; what is no set is left out.</summary>
    public async Task<IReadOnlyDictionary<BackupLabel, DateTimeOffset>> ReadCommittedAtAsync(string site, IEnumerable<BackupLabel> labels, CancellationToken cancellationToken)
    {
        var times = new Dictionary<BackupLabel, DateTimeOffset>();
        foreach (var some in labels.Chunk(ReadsAtOnce))
        {
            var found = await Task.WhenAll(some.Select(label => ViewAsync(site, label, Task.FromResult, cancellationToken)));
            foreach (var (label, (set, damaged)) in some.Zip(found).Where(one => one.Second is not (null, null)))
            {
                times[label] = set?.CommittedAt ?? label.At;
            }
        }

        return times;
    }

    /// <summary>A set's manifest, or null when there is no such committed set.</summary>
    /// <exception cref="PermanentFaultException">DR2030, DR2031 or DR2034.</exception>
    public async Task<BackupManifest?> FindAsync(string site, BackupLabel label, CancellationToken cancellationToken)
    {
        var path = SetPaths.Manifest(site, label);
        if (await vault.ReadSmallAsync(path, ManifestLimit, cancellationToken) is not { } found)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(found.Content);
            var format = document.RootElement.TryGetProperty("format", out var number) && number.TryGetInt32(out var value) ? value : 0;
            if (format != BackupManifest.CurrentFormat)
            {
                throw CatalogFaults.UnknownFormat(path, format);
            }

            if (!ManifestSeal.IsIntact(found.Content))
            {
                throw CatalogFaults.BrokenSeal(path);
            }

            return document.RootElement.Deserialize(CatalogJson.Of<BackupManifest>()) ?? throw CatalogFaults.MalformedManifest(path, "it is empty");
        }
        catch (JsonException exception)
        {
            throw CatalogFaults.MalformedManifest(path, $"line {exception.LineNumber + 1} is not as it should be");
        }
    }

    /// <summary>Notes that a set expires, so that who asks for it later is told why it is gone; an earlier note stays.</summary>
    public async Task NoteExpiryAsync(ExpiredSet set, CancellationToken cancellationToken) =>
        await vault.TryCreateAsync(SetPaths.Expired(set.Site, new BackupLabel(set.Label)), JsonSerializer.SerializeToUtf8Bytes(set, CatalogJson.Options), cancellationToken);

    /// <summary>The note of a set that expired; null where there never was such a set, or it is still there.</summary>
    public Task<ExpiredSet?> FindExpiredAsync(string site, BackupLabel label, CancellationToken cancellationToken) =>
        vault.ReadJsonAsync(SetPaths.Expired(site, label), CatalogJson.Of<ExpiredSet>(), NoteLimit, cancellationToken);

    /// <summary>Commits a set: reads every file of it back, then writes the manifest if no other is there.</summary>
    /// <remarks>Doing it again with the same content is success.</remarks>
    public async Task CommitAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        var label = new BackupLabel(manifest.Label);
        foreach (var file in manifest.Files)
        {
            await CheckAsync(SetPaths.Set(manifest.Site, label) + file.Path, file, cancellationToken);
        }

        var path = SetPaths.Manifest(manifest.Site, label);
        if (await vault.TryCreateAsync(path, ManifestSeal.Write(manifest), cancellationToken))
        {
            return;
        }

        // An earlier attempt of this very run got as far as here.
        var found = await FindAsync(manifest.Site, label, cancellationToken);
        if (found?.OperationId != manifest.OperationId)
        {
            throw CatalogFaults.AlreadyCommitted(path, found?.OperationId);
        }
    }

    private async Task<(T? Set, DamagedSet? Damaged)> ViewAsync<T>(
        string site, BackupLabel label, Func<BackupManifest, Task<T>> view, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return (await FindAsync(site, label, cancellationToken) is { } manifest ? await view(manifest) : null, null);
        }
        catch (PermanentFaultException fault) when (CatalogFaults.IsUnreadable(fault))
        {
            return (null, new DamagedSet(label.Value, fault.Code, fault.What, fault.Hint));
        }
    }

    private async IAsyncEnumerable<(BackupLabel Label, string Path)> FilesAsync(string site, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var root = SetPaths.Sets(site);
        await foreach (var file in vault.ListAsync(root, cancellationToken))
        {
            if (BackupLabel.TryParse(file.Path[root.Length..].Split('/')[0]) is { } label)
            {
                yield return (label, file.Path);
            }
        }
    }

    private async Task CheckAsync(string path, SetFile file, CancellationToken cancellationToken)
    {
        await using var content = await vault.OpenReadAsync(path, 0, cancellationToken);
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        if (found != file.Sha256)
        {
            throw CatalogFaults.DigestDiffers(path, file.Sha256, found);
        }
    }
}
