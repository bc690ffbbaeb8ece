using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Retention;

/// <summary>Sorted lists of the object versions that inventories name, in a run's scratch: written in bounded memory, read as one stream.</summary>
/// <remarks>A list is its names (32 bytes each, ascending), and at its end their SHA-256: a list that lost a name would cost an object.</remarks>
public sealed class NameLists(IVault vault, SetCatalog catalog)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Names in one list at most; twice the memory of a list, 32 bytes a name, is what writing takes.</summary>
    internal int MostNames { get; init; } = 1_000_000;

    /// <summary>Writes down what the inventories of some sets name.</summary>
    /// <returns>The lists' paths.</returns>
    /// <exception cref="Faults.PermanentFaultException">DR2101, DR2102, DR2104 or DR2204: then nothing may be collected.</exception>
    public async Task<IReadOnlyList<string>> WriteAsync(string site, IEnumerable<BackupLabel> labels, string folder, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        var names = new ObjectName[MostNames];
        var count = 0;
        foreach (var label in labels)
        {
            // Only an expiry removes sets, one at a time: whatever became of this one, what it alone names must not be collected.
            var set = await catalog.FindAsync(site, label, cancellationToken) ?? throw RetentionFaults.SetGone(site, label.Value);
            var expected = set.Files.Single(file => file.Path == set.Artifacts.InventoryPath).Sha256;
            await using var inventory = await InventoryReader.OpenAsync(vault, SetPaths.Set(site, label) + set.Artifacts.InventoryPath, expected, cancellationToken);
            await foreach (var entry in inventory.ReadAsync(cancellationToken))
            {
                if (entry.Name is null)
                {
                    continue;
                }

                names[count++] = ObjectName.TryParse(entry.Name) ?? throw InventoryFaults.Damaged(set.Artifacts.InventoryPath, $"'{entry.Key}' names no object version");
                if (count == names.Length)
                {
                    // Sets share most of their objects: what is left without doubles may be far fewer.
                    count = SortUnique(names, count);
                    if (count > names.Length / 2)
                    {
                        paths.Add(await WriteAsync(folder, paths.Count, names.AsMemory(0, count), cancellationToken));
                        count = 0;
                    }
                }
            }
        }

        count = SortUnique(names, count);
        if (count > 0)
        {
            paths.Add(await WriteAsync(folder, paths.Count, names.AsMemory(0, count), cancellationToken));
        }

        return paths;
    }

    /// <summary>All names of several lists, ascending, each once.</summary>
    /// <exception cref="Faults.PermanentFaultException">DR2201: a list is not as it was written.</exception>
    internal async IAsyncEnumerable<ObjectName> ReadAsync(IReadOnlyList<string> paths, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var readers = new List<IAsyncEnumerator<ObjectName>>();
        var heads = new PriorityQueue<IAsyncEnumerator<ObjectName>, ObjectName>();
        try
        {
            foreach (var path in paths)
            {
                var reader = ReadAsync(path, cancellationToken).GetAsyncEnumerator(cancellationToken);
                readers.Add(reader);
                if (await reader.MoveNextAsync())
                {
                    heads.Enqueue(reader, reader.Current);
                }
            }

            ObjectName? last = null;
            while (heads.TryDequeue(out var reader, out var name))
            {
                if (name != last)
                {
                    yield return name;
                    last = name;
                }

                if (await reader.MoveNextAsync())
                {
                    heads.Enqueue(reader, reader.Current);
                }
            }
        }
        finally
        {
            foreach (var reader in readers)
            {
                await reader.DisposeAsync();
            }
        }
    }

    private static int SortUnique(ObjectName[] names, int count)
    {
        Array.Sort(names, 0, count);
        var unique = 0;
        for (var at = 0; at < count; at++)
        {
            if (unique == 0 || names[at] != names[unique - 1])
            {
                names[unique++] = names[at];
            }
        }

        return unique;
    }

    private async Task<string> WriteAsync(string folder, int number, ReadOnlyMemory<ObjectName> names, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{folder}names-{number:D4}.bin");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var blob = await vault.CreateAsync(path, ((long)names.Length * ObjectName.Bytes) + SHA256.HashSizeInBytes, cancellationToken);
        var buffer = new byte[BufferBytes];
        for (var from = 0; from < names.Length; from += BufferBytes / ObjectName.Bytes)
        {
            var some = names.Slice(from, Math.Min(BufferBytes / ObjectName.Bytes, names.Length - from));
            for (var at = 0; at < some.Length; at++)
            {
                some.Span[at].Write(buffer.AsSpan(at * ObjectName.Bytes));
            }

            var bytes = buffer.AsMemory(0, some.Length * ObjectName.Bytes);
            hash.AppendData(bytes.Span);
            await blob.Content.WriteAsync(bytes, cancellationToken);
        }

        await blob.Content.WriteAsync(hash.GetHashAndReset(), cancellationToken);
        await blob.CommitAsync(cancellationToken);
        return path;
    }

    private async IAsyncEnumerable<ObjectName> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entry = await vault.FindAsync(path, cancellationToken) ?? throw RetentionFaults.NamesDamaged(path, "it is gone");
        var left = (entry.Bytes - SHA256.HashSizeInBytes) / ObjectName.Bytes;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var content = await vault.OpenReadAsync(path, 0, cancellationToken);
        var buffer = new byte[BufferBytes];
        while (left > 0)
        {
            var bytes = buffer.AsMemory(0, (int)Math.Min(buffer.Length, left * ObjectName.Bytes));
            await content.ReadExactlyAsync(bytes, cancellationToken);
            hash.AppendData(bytes.Span);
            left -= bytes.Length / ObjectName.Bytes;
            for (var at = 0; at < bytes.Length; at += ObjectName.Bytes)
            {
                yield return ObjectName.Read(bytes.Span[at..]);
            }
        }

        await content.ReadExactlyAsync(buffer.AsMemory(0, SHA256.HashSizeInBytes), cancellationToken);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(buffer.AsSpan(0, SHA256.HashSizeInBytes)))
        {
            throw RetentionFaults.NamesDamaged(path, "its digest differs");
        }
    }
}
