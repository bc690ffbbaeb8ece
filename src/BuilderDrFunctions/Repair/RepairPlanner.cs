using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Repair;

/// <summary>Writes down what a repair would do: which set gives which artifact back, and what is uploaded in which order. Changes nothing but its own lists.</summary>
public sealed class RepairPlanner(IVault vault, SetCatalog catalog, RecoveryOptions options)
{
    /// <summary>Uploads of one repair at most: they are sorted in memory.</summary>
    public const int MostUploads = 10_000;

    private const int MostNamed = 100;

    private static readonly IReadOnlyList<string> Losses =
    [
        "owner: the uploads belong to the access token's account",
        "visibility: the package's own setting or else the origin's default; a private package may become public",
        "channels: the uploads are in 'unstable' alone; promote them again where they were",
    ];

    /// <summary>Makes a plan.</summary>
    /// <param name="order">The run.</param>
    /// <param name="bucket">The site's bucket.</param>
    /// <param name="rows">What its database says now, in key order.</param>
    /// <param name="hasToken">Whether uploads are possible.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<RepairPlan> PlanAsync(
        RepairOrder order, IObjectStore bucket, IAsyncEnumerable<PackageChecksum> rows, bool hasToken, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var folder = $"{order.Folder}{Guid.NewGuid():N}/";
        var notes = new List<string>();
        var sets = await ReadableAsync(order.Site, notes, cancellationToken);
        var header = new InventoryHeader(order.Site, order.OperationId);
        var live = new Live(new UploadList(MostUploads), []);
        var artifacts = new LiveArtifacts(bucket, options.Parallelism);
        await FindAsync(live, artifacts.FindAsync(rows, InventoryOf(sets.FirstOrDefault(), cancellationToken), cancellationToken), folder, header, cancellationToken);
        if (artifacts.NotRead > 0)
        {
            notes.Add($"{artifacts.NotRead} artifacts are by size and ETag what set {sets[0].Label} holds, and were judged by its digests: of each the bucket gave the last byte, and no more was read");
        }

        var batches = new ArtifactBatches(vault, folder, header, options);
        var putBack = new List<PlannedPutBack>();
        var round = 0;
        foreach (var set in sets.TakeWhile(_ => batches.Objects < live.Wanted))
        {
            await TakeFromAsync(set, folder, round++, header, batches, putBack, cancellationToken);
        }

        var irreparable = new List<string>();
        await using (var left = await InventoryReader.OpenAsync(vault, WantedOf(folder, round), expectedSha256: null, cancellationToken))
        {
            await foreach (var entry in left.ReadAsync(cancellationToken))
            {
                AddFew(irreparable, entry.Key);
            }
        }

        var sorted = live.Uploads.Sorted();
        await vault.TryCreateJsonAsync(UploadsOf(folder), sorted, CatalogJson.Of<IReadOnlyList<PlannedUpload>>(), cancellationToken);
        if (sorted.Count > 0 && !hasToken)
        {
            notes.Add($"nothing can be uploaded before Sites__{order.Site}__Builder__Token is set");
        }

        return new RepairPlan(
            folder, batches.Count, batches.Objects, batches.Bytes, putBack, live.Wanted - batches.Objects, irreparable, live.NotStored, live.FirstNotStored,
            sorted.Count, sorted.Sum(upload => upload.Bytes), [.. sorted.Take(MostNamed).Select(upload => upload.Key)], live.Uploads.HasMore, sorted.Count > 0 ? Losses : [], notes);
    }

    /// <summary>Sorts what is wrong now into what a set may give back, what is uploaded, and what is left alone.</summary>
    private async Task FindAsync(Live live, IAsyncEnumerable<LiveFinding> findings, string folder, InventoryHeader header, CancellationToken cancellationToken)
    {
        await using var wanted = await InventoryWriter.CreateAsync(vault, WantedOf(folder, 0), header, cancellationToken);
        await foreach (var finding in findings.WithCancellation(cancellationToken))
        {
            if (finding.State == ArtifactState.WithoutMetadata)
            {
                live.Uploads.Add(new PlannedUpload(finding.Key, finding.Object!.ETag, finding.Object.Bytes));
            }
            else if (finding is { State: ArtifactState.Corrupt, IsStored: false })
            {
                // What nobody else has is not overwritten.
                live.NotStored++;
                AddFew(live.FirstNotStored, finding.Key);
            }
            else
            {
                live.Wanted++;
                await wanted.WriteAsync(
                    new InventoryEntry(finding.Key, 0, finding.Object?.ETag ?? "", DateTimeOffset.UnixEpoch, VerdictOf(finding.State)) { Blake2b = finding.Blake2b }, cancellationToken);
            }
        }

        await wanted.CommitAsync(cancellationToken);
    }

    /// <summary>A plan's uploads, in order.</summary>
    /// <exception cref="PermanentFaultException">DR2221.</exception>
    public static Task<IReadOnlyList<PlannedUpload>> ReadUploadsAsync(IVault vault, UploadOrder order, CancellationToken cancellationToken) =>
        ReadListAsync(order.Folder, async () =>
        {
            var uploads = await vault.ReadJsonAsync(UploadsOf(order.Folder), CatalogJson.Of<IReadOnlyList<PlannedUpload>>(), 16 * 1024 * 1024, cancellationToken);
            return uploads?.Count >= order.Until ? uploads : throw RepairFaults.PlanLost(order.Folder);
        });

    /// <summary>One batch of a plan's artifacts that are to be put back.</summary>
    /// <exception cref="PermanentFaultException">DR2221.</exception>
    public static Task<IReadOnlyList<InventoryEntry>> ReadPutBackAsync(IVault vault, PutBackOrder order, CancellationToken cancellationToken) =>
        ReadListAsync(order.Folder, () => ArtifactBatches.ReadAsync(vault, order.Folder, order.Batch, cancellationToken));

    // What to do about a damaged set is no help here.
    private static async Task<T> ReadListAsync<T>(string folder, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (PermanentFaultException fault) when (VaultFaults.IsDamage(fault) || VaultFaults.IsNotJson(fault) || InventoryFaults.IsUnreadable(fault))
        {
            throw RepairFaults.PlanLost(folder);
        }
    }

    /// <summary>The sets whose manifest and inventory are whole, newest first.</summary>
    private async Task<List<BackupManifest>> ReadableAsync(string site, List<string> notes, CancellationToken cancellationToken)
    {
        var sets = new List<BackupManifest>();
        foreach (var label in await catalog.ListAsync(site, cancellationToken))
        {
            try
            {
                if (await catalog.FindAsync(site, label, cancellationToken) is { } set)
                {
                    await using var inventory = await OpenAsync(set, cancellationToken);
                    await inventory.CheckAsync(cancellationToken);
                    sets.Add(set);
                }
            }
            catch (PermanentFaultException fault) when (CatalogFaults.IsUnreadable(fault) || InventoryFaults.IsUnreadable(fault))
            {
                notes.Add($"set {label} was passed over: {fault.Brief}");
            }
        }

        return sets;
    }

    /// <summary>Takes from a set what it holds of what is still wanted, and writes down what is left.</summary>
    private async Task TakeFromAsync(
        BackupManifest set, string folder, int round, InventoryHeader header, ArtifactBatches batches, List<PlannedPutBack> putBack, CancellationToken cancellationToken)
    {
        await using var wanted = await InventoryReader.OpenAsync(vault, WantedOf(folder, round), expectedSha256: null, cancellationToken);
        await using var left = await InventoryWriter.CreateAsync(vault, WantedOf(folder, round + 1), header, cancellationToken);
        await using var held = InventoryOf(set, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var hasHeld = await held.MoveNextAsync();
        await foreach (var entry in wanted.ReadAsync(cancellationToken))
        {
            while (hasHeld && KeyOrder.Compare(held.Current.Key, entry.Key) < 0)
            {
                hasHeld = await held.MoveNextAsync();
            }

            if (hasHeld && string.Equals(held.Current.Key, entry.Key, StringComparison.Ordinal) && held.Current is { Name: not null, Blake2b: { } digest }
                && string.Equals(digest, entry.Blake2b, StringComparison.OrdinalIgnoreCase))
            {
                await batches.AddAsync(held.Current with { ETag = entry.ETag, Verdict = entry.Verdict }, cancellationToken);
                if (putBack.Count < MostNamed)
                {
                    putBack.Add(new PlannedPutBack(entry.Key, StateOf(entry.Verdict), set.Label));
                }
            }
            else
            {
                await left.WriteAsync(entry, cancellationToken);
            }
        }

        // The next set begins with small keys again, and a batch is in order.
        await batches.EndAsync(cancellationToken);
        await left.CommitAsync(cancellationToken);
    }

    private async IAsyncEnumerable<InventoryEntry> InventoryOf(
        BackupManifest? set, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (set is null)
        {
            yield break;
        }

        await using var inventory = await OpenAsync(set, cancellationToken);
        await foreach (var entry in inventory.ReadAsync(cancellationToken))
        {
            yield return entry;
        }
    }

    private Task<InventoryReader> OpenAsync(BackupManifest set, CancellationToken cancellationToken) => InventoryReader.OpenAsync(
        vault, SetPaths.Set(set.Site, new BackupLabel(set.Label)) + set.Artifacts.InventoryPath,
        set.Files.First(file => file.Path == set.Artifacts.InventoryPath).Sha256, cancellationToken);

    private static string WantedOf(string folder, int round) => string.Create(CultureInfo.InvariantCulture, $"{folder}wanted-{round:D4}.jsonl.zst");

    private static string UploadsOf(string folder) => folder + "uploads.json";

    private static void AddFew(List<string> keys, string key)
    {
        if (keys.Count < MostNamed)
        {
            keys.Add(key);
        }
    }

    private static ObjectVerdict VerdictOf(ArtifactState state) => state switch
    {
        ArtifactState.Missing => ObjectVerdict.Missing,
        ArtifactState.Corrupt => ObjectVerdict.Mismatch,
        _ => ObjectVerdict.Unreadable,
    };

    private static ArtifactState StateOf(ObjectVerdict verdict) => verdict switch
    {
        ObjectVerdict.Missing => ArtifactState.Missing,
        ObjectVerdict.Mismatch => ArtifactState.Corrupt,
        _ => ArtifactState.Unreadable,
    };

    private sealed class Live(UploadList uploads, List<string> firstNotStored)
    {
        public UploadList Uploads { get; } = uploads;

        public List<string> FirstNotStored { get; } = firstNotStored;

        public long NotStored { get; set; }

        public long Wanted { get; set; }
    }
}
