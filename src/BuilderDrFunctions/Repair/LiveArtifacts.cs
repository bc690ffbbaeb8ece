using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.Repair;

/// <summary>What is wrong with a site's artifacts now: its database's rows, its bucket's listing and the newest inventory, merge-joined in key order.</summary>
/// <remarks>Objects that are as the inventory knows them are judged by its digests; only what changed since is read.</remarks>
internal sealed class LiveArtifacts(IObjectStore bucket)
{
    /// <summary>The findings in key order.</summary>
    /// <param name="rows">What the database says, in key order.</param>
    /// <param name="inventory">Of the newest set, in key order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<LiveFinding> FindAsync(
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
                    yield return new LiveFinding(ArtifactState.WithoutMetadata, found.Key, found, null, IsStored: false);
                }

                continue;
            }

            var same = hasKnown && IsSame(known.Current, found) ? known.Current : null;
            if (await JudgeAsync(found, row.Current, same, cancellationToken) is { } state)
            {
                yield return new LiveFinding(state, found.Key, found, row.Current.Blake2b, IsStored: same?.Name is not null);
            }

            hasRow = await row.MoveNextAsync();
        }

        for (; hasRow; hasRow = await row.MoveNextAsync())
        {
            yield return Missing(row.Current);
        }
    }

    private static LiveFinding Missing(PackageChecksum row) => new(ArtifactState.Missing, row.Key, null, row.Blake2b, IsStored: false);

    private static bool IsSame(InventoryEntry known, ObjectEntry found) =>
        string.Equals(known.Key, found.Key, StringComparison.Ordinal) && known.IsPresent && known.Bytes == found.Bytes
        && string.Equals(known.ETag, found.ETag, StringComparison.Ordinal);

    private async Task<ArtifactState?> JudgeAsync(ObjectEntry found, PackageChecksum row, InventoryEntry? same, CancellationToken cancellationToken)
    {
        if (same?.Blake2b is { } digest)
        {
            return string.Equals(digest, row.Blake2b, StringComparison.OrdinalIgnoreCase) ? null : ArtifactState.Corrupt;
        }

        try
        {
            await using var body = await bucket.OpenReadAsync(found.Key, found.ETag, 0, cancellationToken);
            if (body is null)
            {
                // Changed this very moment: the next plan sees it.
                return null;
            }

            var (checksum, _) = await ArtifactChecksum.OfAsync(body.Content, cancellationToken);
            return string.Equals(checksum, row.Blake2b, StringComparison.OrdinalIgnoreCase) ? null : ArtifactState.Corrupt;
        }
        catch (TransientFaultException fault) when (ObjectStoreFaults.IsAboutOneObject(fault))
        {
            return ArtifactState.Unreadable;
        }
    }
}

/// <summary>An artifact that is not as it should be.</summary>
/// <param name="State">What is wrong.</param>
/// <param name="Key">Its object's key.</param>
/// <param name="Object">As the bucket lists it; null where it does not.</param>
/// <param name="Blake2b">What the database says; null where it says nothing.</param>
/// <param name="IsStored">The newest set holds the object as it is now.</param>
internal sealed record LiveFinding(ArtifactState State, string Key, ObjectEntry? Object, string? Blake2b, bool IsStored);
