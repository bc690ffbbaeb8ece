using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Mirror;

/// <summary>Compares a bucket with an inventory in one merge join over both, and writes what is to be done: a draft of the new inventory and work lists.</summary>
/// <remarks>
/// Memory does not grow with the bucket. Everything goes into a folder of this attempt's own; <c>plan.json</c>, written last and only once,
/// names the folder that counts, so that an attempt cut short leaves nothing behind that anyone would read.
/// </remarks>
public sealed class MirrorPlanner(IVault vault, MirrorOptions options)
{
    private const int MostPrefixRanges = 64;
    private const int ProgressEvery = 10_000;

    /// <summary>Makes the plan, or gives the one already made.</summary>
    public async Task<MirrorPlan> PlanAsync(MirrorOrder order, IObjectStore store, IProgress<MirrorProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var passFolder = MirrorPaths.PassFolder(order.Site, order.OperationId, order.Pass);
        if (await FindPlanAsync(passFolder, cancellationToken) is { } made)
        {
            return made;
        }

        MirrorPlan plan;
        try
        {
            plan = await WriteAsync(order, store, $"{passFolder}{Guid.NewGuid():N}/", progress, cancellationToken);
        }
        catch (PermanentFaultException fault) when (order.Pass == MirrorPass.Delta && MirrorFaults.IsLoss(fault))
        {
            // What the delta goes out from is this run's own.
            throw MirrorFaults.WorkLost(fault);
        }

        var content = JsonSerializer.SerializeToUtf8Bytes(plan);
        return await vault.TryReplaceAsync(MirrorPaths.Plan(passFolder), content, ifVersion: null, cancellationToken) is not null
            ? plan
            : await FindPlanAsync(passFolder, cancellationToken) ?? throw MirrorFaults.WorkLost(MirrorPaths.Plan(passFolder));
    }

    private async Task<MirrorPlan?> FindPlanAsync(string passFolder, CancellationToken cancellationToken)
    {
        var path = MirrorPaths.Plan(passFolder);
        if (await vault.FindAsync(path, cancellationToken) is null)
        {
            return null;
        }

        await using var content = await vault.OpenReadAsync(path, 0, cancellationToken);
        try
        {
            return await JsonSerializer.DeserializeAsync<MirrorPlan>(content, cancellationToken: cancellationToken) ?? throw MirrorFaults.WorkLost(path);
        }
        catch (JsonException)
        {
            throw MirrorFaults.WorkLost(path);
        }
    }

    private async Task<MirrorPlan> WriteAsync(
        MirrorOrder order, IObjectStore store, string folder, IProgress<MirrorProgress>? progress, CancellationToken cancellationToken)
    {
        var splits = await SplitsAsync(order, store, cancellationToken);
        await using var draft = await InventoryWriter.CreateAsync(
            vault, MirrorPaths.Draft(folder), new InventoryHeader(order.Site, order.OperationId), cancellationToken);
        var work = new WorkWriter(vault, folder, options);
        long objects = 0, bytes = 0;
        await using var @base = await OpenBaseAsync(order, cancellationToken);
        var isOwn = string.Equals(@base?.Header.Operation, order.OperationId, StringComparison.Ordinal);
        // What is not in the bucket, but was in the inventory of this very run's warm pass, went while mirroring; what an older set had may be lost.
        var absent = isOwn ? ObjectVerdict.Vanished : ObjectVerdict.Missing;
        await using var known = (@base?.ReadAsync(cancellationToken) ?? AsyncEnumerable.Empty<InventoryEntry>()).GetAsyncEnumerator(cancellationToken);
        var hasKnown = await known.MoveNextAsync();
        await using var damaged = new DamagedVersions(DamagedObjects.ReadAsync(vault, order.Damaged, cancellationToken).GetAsyncEnumerator(cancellationToken));
        await foreach (var entry in ParallelListing.ListAsync(store, splits, options.ListParallelism, options.ListRangeObjects, cancellationToken))
        {
            while (hasKnown && KeyOrder.Compare(known.Current.Key, entry.Key) < 0)
            {
                await KeepAbsentAsync(draft, known.Current, absent, cancellationToken);
                hasKnown = await known.MoveNextAsync();
            }

            var isKnown = hasKnown && string.Equals(known.Current.Key, entry.Key, StringComparison.Ordinal);
            var doubted = await damaged.FindAsync(entry);
            if (isKnown && doubted is null && IsUnchanged(known.Current, entry))
            {
                await draft.WriteAsync(known.Current with { ModifiedAt = entry.ModifiedAt, Verdict = ObjectVerdict.Unchecked }, cancellationToken);
            }
            else if (isKnown && isOwn && IsUnreadable(known.Current, entry))
            {
                await draft.WriteAsync(known.Current, cancellationToken);
            }
            else
            {
                var pending = new InventoryEntry(entry.Key, entry.Bytes, entry.ETag, entry.ModifiedAt, ObjectVerdict.Pending) { Sha256 = doubted?.Sha256 };
                await draft.WriteAsync(pending, cancellationToken);
                await work.AddAsync(pending, cancellationToken);
            }

            hasKnown = isKnown ? await known.MoveNextAsync() : hasKnown;
            objects++;
            bytes += entry.Bytes;
            if (objects % ProgressEvery == 0)
            {
                progress?.Report(new MirrorProgress("listing", objects, bytes, null, null));
            }
        }

        for (; hasKnown; hasKnown = await known.MoveNextAsync())
        {
            await KeepAbsentAsync(draft, known.Current, absent, cancellationToken);
        }

        await work.EndAsync(cancellationToken);
        await draft.CommitAsync(cancellationToken);
        return new MirrorPlan(folder, work.Batches, objects, bytes, work.Objects, work.Bytes, options.Window);
    }

    /// <summary>Ranges of about the same number of objects from the former inventory, or else from the bucket's first folders, its origins.</summary>
    private async Task<List<string>> SplitsAsync(MirrorOrder order, IObjectStore store, CancellationToken cancellationToken)
    {
        if (options.ListParallelism == 1)
        {
            return [];
        }

        await using (var @base = await OpenBaseAsync(order, cancellationToken))
        {
            if (@base is not null)
            {
                return await @base.SampleKeysAsync(options.ListRangeObjects, cancellationToken).ToListAsync(cancellationToken);
            }
        }

        var folders = await store.ListFoldersAsync("", cancellationToken).ToListAsync(cancellationToken);
        var every = (folders.Count + MostPrefixRanges - 1) / MostPrefixRanges;
        return [.. folders.Where((_, at) => at % every == every - 1)];
    }

    private async Task<InventoryReader?> OpenBaseAsync(MirrorOrder order, CancellationToken cancellationToken)
        => order.BaseInventoryPath is null ? null : await InventoryReader.OpenAsync(vault, order.BaseInventoryPath, expectedSha256: null, cancellationToken);

    private static bool IsUnchanged(InventoryEntry known, ObjectEntry entry) => known.Name is not null && IsSame(known, entry);

    /// <summary>What this very run has tried in vain with the API still up is not tried again while it is down; the next run does.</summary>
    private static bool IsUnreadable(InventoryEntry known, ObjectEntry entry) => known.Verdict == ObjectVerdict.Unreadable && IsSame(known, entry);

    private static bool IsSame(InventoryEntry known, ObjectEntry entry)
        => known.Bytes == entry.Bytes && string.Equals(known.ETag, entry.ETag, StringComparison.Ordinal);

    /// <summary>Keeps a stored version in the draft; whether the set needs it is known once there are checksums.</summary>
    private static async ValueTask KeepAbsentAsync(InventoryWriter draft, InventoryEntry known, ObjectVerdict absent, CancellationToken cancellationToken)
    {
        if (known.Name is not null)
        {
            await draft.WriteAsync(known with { Verdict = known.IsPresent ? absent : ObjectVerdict.Missing }, cancellationToken);
        }
    }
}
