using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.Repair;

/// <summary>What is wrong with a site's artifacts now: its database's rows, its bucket's listing and the newest inventory, merge-joined in key order.</summary>
/// <remarks>
/// Objects that are as the inventory knows them are judged by its digests, but not by the listing alone, which a bucket gives of objects whose content it
/// has lost: their last byte is asked for. What changed since is read whole.
/// </remarks>
/// <param name="bucket">The site's.</param>
/// <param name="parallelism">Objects asked for at once.</param>
internal sealed class LiveArtifacts(IObjectStore bucket, int parallelism)
{
    private long _notRead;

    /// <summary>Objects judged by the inventory's digests, of which no more than the last byte was read.</summary>
    public long NotRead => Interlocked.Read(ref _notRead);

    /// <summary>The findings in key order.</summary>
    /// <param name="rows">What the database says, in key order.</param>
    /// <param name="inventory">Of the newest set, in key order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<LiveFinding> FindAsync(
        IAsyncEnumerable<PackageChecksum> rows, IAsyncEnumerable<InventoryEntry> inventory,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var judging = new Queue<Task<LiveFinding?>>(parallelism);
        try
        {
            await foreach (var next in CompareAsync(rows, inventory, ends.Token))
            {
                judging.Enqueue(next);
                if (judging.Count == parallelism && await judging.Dequeue() is { } finding)
                {
                    yield return finding;
                }
            }

            while (judging.TryDequeue(out var last))
            {
                if (await last is { } finding)
                {
                    yield return finding;
                }
            }
        }
        finally
        {
            await ends.CancelAsync();
            await ((Task)Task.WhenAll(judging)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Begins to judge, key by key.</summary>
    private async IAsyncEnumerable<Task<LiveFinding?>> CompareAsync(
        IAsyncEnumerable<PackageChecksum> rows, IAsyncEnumerable<InventoryEntry> inventory,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var row = rows.GetAsyncEnumerator(cancellationToken);
        await using var known = inventory.GetAsyncEnumerator(cancellationToken);
        var hasRow = await row.MoveNextAsync();
        var hasKnown = await known.MoveNextAsync();
        await foreach (var found in bucket.ListAsync("", startAfter: null, cancellationToken))
        {
            for (; hasRow && KeyOrder.Compare(row.Current.Key, found.Key) < 0; hasRow = await row.MoveNextAsync())
            {
                yield return Missing(row.Current);
            }

            while (hasKnown && KeyOrder.Compare(known.Current.Key, found.Key) < 0)
            {
                hasKnown = await known.MoveNextAsync();
            }

            if (!hasRow || !string.Equals(row.Current.Key, found.Key, StringComparison.Ordinal))
            {
                if (PackageName.TryParse(found.Key) is not null)
                {
                    yield return Task.FromResult<LiveFinding?>(new LiveFinding(ArtifactState.WithoutMetadata, found.Key, found, null, IsStored: false));
                }

                continue;
            }

            yield return FindingOfAsync(found, row.Current, hasKnown && IsSame(known.Current, found) ? known.Current : null, cancellationToken);
            hasRow = await row.MoveNextAsync();
        }

        for (; hasRow; hasRow = await row.MoveNextAsync())
        {
            yield return Missing(row.Current);
        }
    }

    private static Task<LiveFinding?> Missing(PackageChecksum row) =>
        Task.FromResult<LiveFinding?>(new LiveFinding(ArtifactState.Missing, row.Key, null, row.Blake2b, IsStored: false));

    private static bool IsSame(InventoryEntry known, ObjectEntry found) =>
        string.Equals(known.Key, found.Key, StringComparison.Ordinal) && known.IsPresent && known.Bytes == found.Bytes
        && string.Equals(known.ETag, found.ETag, StringComparison.Ordinal);

    private async Task<LiveFinding?> FindingOfAsync(ObjectEntry found, PackageChecksum row, InventoryEntry? same, CancellationToken cancellationToken) =>
        await JudgeAsync(found, row, same, cancellationToken) is { } state
            ? new LiveFinding(state, found.Key, found, row.Blake2b, IsStored: same?.Name is not null)
            : null;

    private async Task<ArtifactState?> JudgeAsync(ObjectEntry found, PackageChecksum row, InventoryEntry? same, CancellationToken cancellationToken)
    {
        if (same?.Blake2b is { } noted && !IsOf(row, noted))
        {
            return ArtifactState.Corrupt;
        }

        var isKnown = same?.Blake2b is not null;
        try
        {
            await using var body = await bucket.OpenReadAsync(found.Key, found.ETag, isKnown ? Math.Max(0, found.Bytes - 1) : 0, cancellationToken);
            if (body is null)
            {
                // Changed this very moment: the next plan sees it.
                return null;
            }

            if (isKnown)
            {
                Interlocked.Increment(ref _notRead);
                await body.Content.ReadExactlyAsync(new byte[Math.Min(1, found.Bytes)], cancellationToken);
                return null;
            }

            var (checksum, _) = await ArtifactChecksum.OfAsync(body.Content, cancellationToken);
            return IsOf(row, checksum) ? null : ArtifactState.Corrupt;
        }
        catch (TransientFaultException fault) when (ObjectStoreFaults.IsAboutOneObject(fault))
        {
            return ArtifactState.Unreadable;
        }
    }

    private static bool IsOf(PackageChecksum row, string digest) => string.Equals(digest, row.Blake2b, StringComparison.OrdinalIgnoreCase);
}

/// <summary>An artifact that is not as it should be.</summary>
/// <param name="State">What is wrong.</param>
/// <param name="Key">Its object's key.</param>
/// <param name="Object">As the bucket lists it; null where it does not.</param>
/// <param name="Blake2b">What the database says; null where it says nothing.</param>
/// <param name="IsStored">The newest set holds the object as it is now.</param>
internal sealed record LiveFinding(ArtifactState State, string Key, ObjectEntry? Object, string? Blake2b, bool IsStored);
