using System.Runtime.CompilerServices;
using System.Text.Json;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>A set's checksums as a sorted file in the vault: what <see cref="InventoryWriter"/> is for objects.</summary>
public static class InventoryChecksums
{
    private const string Format = "builder-dr-checksums";
    private const int Version = 1;

    /// <summary>Writes the checksums of one dump.</summary>
    /// <param name="vault">Where to.</param>
    /// <param name="path">A new path; what is already there is left.</param>
    /// <param name="checksums">In binary order of their keys (<c>ORDER BY … COLLATE "C"</c> over the key, not over the ident), each key once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many.</returns>
    /// <exception cref="Faults.PermanentFaultException">DR2103: they are not in order.</exception>
    public static async Task<long> WriteAsync(
        IVault vault, string path, IAsyncEnumerable<PackageChecksum> checksums, CancellationToken cancellationToken)
    {
        await using var lines = await InventoryLineWriter.CreateAsync(vault, path, Format, Version, static _ => { }, cancellationToken);
        long count = 0;
        await foreach (var checksum in checksums.WithCancellation(cancellationToken))
        {
            await lines.WriteAsync(checksum.Key, checksum.Blake2b, static (json, value) => json.WriteString("blake2b"u8, value), cancellationToken);
            count++;
        }

        await lines.CommitAsync(cancellationToken);
        return count;
    }

    /// <summary>Reads them back in order.</summary>
    public static async IAsyncEnumerable<PackageChecksum> ReadAsync(IVault vault, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (lines, _) = await InventoryLineReader.OpenAsync(vault, path, Format, Version, cancellationToken);
        await using (lines)
        {
            while (await lines.MoveNextAsync(cancellationToken))
            {
                yield return lines.Parse(Parse, static checksum => checksum.Key);
            }
        }
    }

    private static PackageChecksum Parse(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("key").GetString() is { } key && document.RootElement.GetProperty("blake2b").GetString() is { } value
            ? new PackageChecksum(key, value)
            : throw new FormatException("a property is absent");
    }
}
