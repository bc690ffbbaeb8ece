using System.Globalization;
using System.Runtime.CompilerServices;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>Lists of the stored objects that verifications and drills found damaged or lost, kept until a set was taken that looked after them.</summary>
/// <remarks>
/// A list is an inventory, in key order, so that a mirror reads it beside its own inputs in constant memory, be it the whole vault that was lost. It is
/// written batch by batch into the verification's scratch, and comes under its own name at once when the verdict is known.
/// </remarks>
public sealed class DamagedObjects(IVault vault)
{
    /// <summary>Notes what one batch of a verification found; done already is success.</summary>
    public Task NoteAsync(string site, string operationId, int batch, IEnumerable<InventoryEntry> entries, CancellationToken cancellationToken) => WriteAsync(
        SetPaths.DamagedInBatch(site, operationId) + $"{batch.ToString("D6", CultureInfo.InvariantCulture)}.jsonl.zst", site, operationId, entries.ToAsyncEnumerable(), cancellationToken);

    /// <summary>Makes a list of what a drill found, in key order; where that is nothing, there is none. Done already is success.</summary>
    public async Task AddAsync(string site, string operationId, IReadOnlyCollection<InventoryEntry> entries, CancellationToken cancellationToken)
    {
        if (entries.Count > 0)
        {
            await WriteAsync(ListOf(site, operationId), site, operationId, entries.OrderBy(entry => entry.Key, KeyOrder.Instance).ToAsyncEnumerable(), cancellationToken);
        }
    }

    /// <summary>Makes one list of what the batches noted; where nothing was, there is none.</summary>
    public async Task GatherAsync(string site, string operationId, CancellationToken cancellationToken)
    {
        await using var parts = vault.ListAsync(SetPaths.DamagedInBatch(site, operationId), cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (!await parts.MoveNextAsync())
        {
            return;
        }

        await WriteAsync(
            ListOf(site, operationId), site, operationId, RestOf(parts).SelectMany(part => ReadOneAsync(vault, part.Path, cancellationToken)), cancellationToken);
    }

    /// <summary>The paths of a site's lists; one that cannot be read is said and passed over, so that it keeps no night from being backed up.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string site, ICollection<string> warnings, CancellationToken cancellationToken)
    {
        var whole = new List<string>();
        await foreach (var list in vault.ListAsync(SetPaths.Damaged(site), cancellationToken))
        {
            try
            {
                await using var reader = await InventoryReader.OpenAsync(vault, list.Path, expectedSha256: null, cancellationToken);
                await reader.CheckAsync(cancellationToken);
                whole.Add(list.Path);
            }
            catch (PermanentFaultException fault) when (InventoryFaults.IsUnreadable(fault))
            {
                warnings.Add($"a list of what was found damaged was passed over, delete it and verify again: {fault.Brief}");
            }
        }

        return whole;
    }

    /// <summary>Ends some lists behind a set that looked after them: what its bucket could not give goes on in a list of that run's. Done already is success.</summary>
    /// <param name="site">Whose.</param>
    /// <param name="operationId">The run that took the set.</param>
    /// <param name="lists">Which.</param>
    /// <param name="set">The set's inventory, in key order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task SettleAsync(string site, string operationId, IReadOnlyList<string> lists, IAsyncEnumerable<InventoryEntry> set, CancellationToken cancellationToken)
    {
        var left = new List<string>();
        foreach (var list in lists)
        {
            if (await vault.FindAsync(list, cancellationToken) is not null)
            {
                left.Add(list);
            }
        }

        await using var unsettled = UnsettledAsync(left, set, cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (await unsettled.MoveNextAsync())
        {
            await WriteAsync(ListOf(site, operationId), site, operationId, RestOf(unsettled), cancellationToken);
        }

        foreach (var list in left)
        {
            await vault.DeleteAsync(list, cancellationToken);
        }
    }

    /// <summary>All entries of some lists in key order; a key that several name comes several times.</summary>
    public static async IAsyncEnumerable<InventoryEntry> ReadAsync(
        IVault vault, IReadOnlyList<string> lists, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = new PriorityQueue<IAsyncEnumerator<InventoryEntry>, string>(KeyOrder.Instance);
        var open = lists.Select(path => ReadOneAsync(vault, path, cancellationToken).GetAsyncEnumerator(cancellationToken)).ToList();
        try
        {
            foreach (var list in open)
            {
                await AdvanceAsync(list);
            }

            while (next.TryDequeue(out var first, out _))
            {
                yield return first.Current;
                await AdvanceAsync(first);
            }
        }
        finally
        {
            foreach (var list in open)
            {
                await list.DisposeAsync();
            }
        }

        async ValueTask AdvanceAsync(IAsyncEnumerator<InventoryEntry> list)
        {
            if (await list.MoveNextAsync())
            {
                next.Enqueue(list, list.Current.Key);
            }
        }
    }

    /// <summary>What a set's bucket could not give, each key once: a list has no room for more.</summary>
    private async IAsyncEnumerable<InventoryEntry> UnsettledAsync(
        IReadOnlyList<string> lists, IAsyncEnumerable<InventoryEntry> set, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        InventoryEntry? unsettled = null;
        await using var taken = set.GetAsyncEnumerator(cancellationToken);
        var hasTaken = await taken.MoveNextAsync();
        await foreach (var entry in ReadAsync(vault, lists, cancellationToken))
        {
            while (hasTaken && KeyOrder.Compare(taken.Current.Key, entry.Key) < 0)
            {
                hasTaken = await taken.MoveNextAsync();
            }

            if (unsettled is not null && unsettled.Key != entry.Key)
            {
                yield return unsettled;
                unsettled = null;
            }

            if (hasTaken && taken.Current.Key == entry.Key && taken.Current.Verdict is ObjectVerdict.Missing or ObjectVerdict.Unreadable
                && (unsettled is null || IsOf(taken.Current, entry)))
            {
                unsettled = entry;
            }
        }

        if (unsettled is not null)
        {
            yield return unsettled;
        }
    }

    /// <summary>Whether an entry is the version that the set speaks of. Older versions that were found damaged are no longer in the bucket.</summary>
    private static bool IsOf(InventoryEntry set, InventoryEntry entry) => entry.Name == (set.Name ?? ObjectVersion.NameOf(set.Key, set.ETag, set.Bytes));

    /// <summary>What an enumerator is at, and all that follows.</summary>
    private static async IAsyncEnumerable<T> RestOf<T>(IAsyncEnumerator<T> begun)
    {
        do
        {
            yield return begun.Current;
        }
        while (await begun.MoveNextAsync());
    }

    private static string ListOf(string site, string operationId) => SetPaths.Damaged(site) + $"{operationId}.jsonl.zst";

    private async Task WriteAsync(string path, string site, string operationId, IAsyncEnumerable<InventoryEntry> entries, CancellationToken cancellationToken)
    {
        await using var writer = await InventoryWriter.CreateAsync(vault, path, new InventoryHeader(site, operationId), cancellationToken);
        await foreach (var entry in entries.WithCancellation(cancellationToken))
        {
            await writer.WriteAsync(entry, cancellationToken);
        }

        await writer.CommitAsync(cancellationToken);
    }

    private static async IAsyncEnumerable<InventoryEntry> ReadOneAsync(IVault vault, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = await InventoryReader.OpenAsync(vault, path, expectedSha256: null, cancellationToken);
        await foreach (var entry in reader.ReadAsync(cancellationToken))
        {
            yield return entry;
        }
    }
}
