using System.Globalization;
using System.Runtime.CompilerServices;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>Lists of the stored objects that verifications and drills found damaged or lost, kept until a whole set was taken that looked after them.</summary>
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

        await WriteAsync(ListOf(site, operationId), site, operationId, AllAsync(), cancellationToken);

        async IAsyncEnumerable<InventoryEntry> AllAsync()
        {
            do
            {
                await foreach (var entry in ReadOneAsync(vault, parts.Current.Path, cancellationToken))
                {
                    yield return entry;
                }
            }
            while (await parts.MoveNextAsync());
        }
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
                warnings.Add($"a list of what was found damaged was passed over, delete it and verify again: {fault.Code}: {fault.What}");
            }
        }

        return whole;
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
