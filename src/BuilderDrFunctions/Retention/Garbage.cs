using System.Buffers.Binary;
using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Retention;

/// <summary>Finds the stored object versions that no set names, in one merge join of the listing with the sorted names, and removes them.</summary>
/// <remarks>Memory does not grow with the vault. Interrupted anywhere it has removed only what nothing names, and can be run again.</remarks>
public sealed class Garbage(IVault vault, NameLists names, RetentionOptions options, TimeProvider time)
{
    private const int BatchObjects = 5000;
    private const int RecordBytes = ObjectName.Bytes + sizeof(long);
    private const int Parallelism = 16;

    /// <summary>Lists what may go: named by none, and written before the grace period began.</summary>
    /// <param name="site">Whose objects.</param>
    /// <param name="namePaths">Every list of names of every set that stays.</param>
    /// <param name="folder">Where the lists of garbage go; of this attempt alone.</param>
    /// <param name="progress">Told the number of objects seen.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<CollectionPlan> FindAsync(
        string site, IReadOnlyList<string> namePaths, string folder, Action<long>? progress, CancellationToken cancellationToken)
    {
        var writtenBefore = time.GetUtcNow() - options.Grace;
        await using var named = names.ReadAsync(namePaths, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var hasNamed = await named.MoveNextAsync();
        using var batch = new MemoryStream();
        var plan = new CollectionPlan(folder, 0, 0, 0);
        long seen = 0;
        await foreach (var entry in vault.ListAsync(ObjectVersion.FolderOf(site), cancellationToken))
        {
            progress?.Invoke(++seen);
            // Anything that lies here under another sort of name is none of ours.
            if (ObjectName.TryParse(entry.Path.AsSpan(entry.Path.LastIndexOf('/') + 1)) is not { } name || entry.Path != ObjectVersion.PathOf(site, name.ToString()))
            {
                continue;
            }

            while (hasNamed && named.Current < name)
            {
                hasNamed = await named.MoveNextAsync();
            }

            if ((hasNamed && named.Current == name) || entry.WrittenAt >= writtenBefore)
            {
                continue;
            }

            Add(batch, name, entry.Bytes);
            plan = plan with { Objects = plan.Objects + 1, Bytes = plan.Bytes + entry.Bytes };
            if (batch.Length == BatchObjects * RecordBytes)
            {
                plan = await EndAsync(batch, plan, cancellationToken);
            }
        }

        // The lists prove themselves whole only at their ends.
        while (hasNamed)
        {
            hasNamed = await named.MoveNextAsync();
        }

        return batch.Length > 0 ? await EndAsync(batch, plan, cancellationToken) : plan;
    }

    /// <summary>Removes the objects of one list. Run again, it finds fewer.</summary>
    public async Task<CollectReceipt> RemoveAsync(string site, string folder, int batch, CancellationToken cancellationToken)
    {
        using var list = new MemoryStream();
        await using (var content = await vault.OpenReadAsync(PathOf(folder, batch), 0, cancellationToken))
        {
            await content.CopyToAsync(list, cancellationToken);
        }

        var receipt = new CollectReceipt();
        var gate = new Lock();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, (int)(list.Length / RecordBytes)),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (number, token) =>
            {
                var record = list.GetBuffer().AsMemory(number * RecordBytes, RecordBytes);
                var one = await RemoveAsync(
                    ObjectVersion.PathOf(site, ObjectName.Read(record.Span).ToString()), BinaryPrimitives.ReadInt64BigEndian(record.Span[ObjectName.Bytes..]), token);
                lock (gate)
                {
                    receipt = receipt.Plus(one);
                }
            });
        return receipt;
    }

    private async Task<CollectReceipt> RemoveAsync(string path, long bytes, CancellationToken cancellationToken)
    {
        var (removed, refusal) = await vault.RemoveAsync(path, cancellationToken);
        return refusal is null
            ? removed ? new CollectReceipt(1, bytes) : new CollectReceipt()
            : new CollectReceipt(Refused: 1, FirstRefused: [refusal.Brief]);
    }

    private static void Add(MemoryStream batch, ObjectName name, long bytes)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        name.Write(record);
        BinaryPrimitives.WriteInt64BigEndian(record[ObjectName.Bytes..], bytes);
        batch.Write(record);
    }

    private async Task<CollectionPlan> EndAsync(MemoryStream batch, CollectionPlan plan, CancellationToken cancellationToken)
    {
        await vault.TryCreateAsync(PathOf(plan.Folder, plan.Batches + 1), batch.GetBuffer().AsMemory(0, (int)batch.Length), cancellationToken);
        batch.SetLength(0);
        return plan with { Batches = plan.Batches + 1 };
    }

    private static string PathOf(string folder, int batch) => string.Create(CultureInfo.InvariantCulture, $"{folder}garbage-{batch:D6}.bin");
}
