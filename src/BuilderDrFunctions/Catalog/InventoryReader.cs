using System.Runtime.CompilerServices;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>Reads an inventory in one pass and constant memory; what is cut, changed, out of order or of an unknown version is refused.</summary>
public sealed class InventoryReader : IAsyncDisposable
{
    private readonly InventoryLineReader _lines;
    private readonly string _path;
    private readonly string? _expectedSha256;

    private InventoryReader(InventoryLineReader lines, InventoryHeader header, string path, string? expectedSha256)
    {
        _lines = lines;
        _path = path;
        _expectedSha256 = expectedSha256;
        Header = header;
    }

    /// <summary>The first line.</summary>
    public InventoryHeader Header { get; }

    /// <summary>What was read so far.</summary>
    public InventoryCounts Counts { get; private set; } = new();

    /// <summary>The file's SHA-256; null before everything is read.</summary>
    public string? Sha256 => _lines.Sha256;

    /// <summary>Opens an inventory.</summary>
    /// <param name="vault">Where it lies.</param>
    /// <param name="path">Its path.</param>
    /// <param name="expectedSha256">What its manifest says; compared once everything is read. Null: not compared.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="Faults.PermanentFaultException">DR2101 or DR2102.</exception>
    public static async Task<InventoryReader> OpenAsync(IVault vault, string path, string? expectedSha256, CancellationToken cancellationToken)
    {
        var (lines, header) = await InventoryLineReader.OpenAsync(vault, path, InventoryFormat.Name, InventoryFormat.Version, cancellationToken);
        return new InventoryReader(lines, new InventoryHeader(TextOf(header, "site"), TextOf(header, "operation")), path, expectedSha256);
    }

    /// <summary>The entries in key order. Reading to the end proves the file whole.</summary>
    /// <exception cref="Faults.PermanentFaultException">DR2102 or DR2104.</exception>
    public async IAsyncEnumerable<InventoryEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _lines.MoveNextAsync(cancellationToken))
        {
            var entry = _lines.Parse(InventoryFormat.Read, static entry => entry.Key);
            Counts = Counts.With(entry);
            yield return entry;
        }

        CheckDigest();
    }

    /// <summary>Every <paramref name="every"/>th key, without parsing what is between: where parallel listings begin.</summary>
    public async IAsyncEnumerable<string> SampleKeysAsync(int every, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long number = 1; await _lines.MoveNextAsync(cancellationToken); number++)
        {
            if (number % every == 0)
            {
                yield return _lines.Parse(InventoryFormat.ReadKey, static key => key);
            }
        }

        CheckDigest();
    }

    /// <summary>Reads to the end without parsing entries: proves the file to be the one its manifest names.</summary>
    /// <exception cref="Faults.PermanentFaultException">DR2102 or DR2104.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        while (await _lines.MoveNextAsync(cancellationToken))
        {
            // Only digested.
        }

        CheckDigest();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _lines.DisposeAsync();

    private void CheckDigest()
    {
        if (_expectedSha256 is not null && !string.Equals(_expectedSha256, Sha256, StringComparison.Ordinal))
        {
            throw InventoryFaults.WrongDigest(_path, _expectedSha256, Sha256!);
        }
    }

    private static string TextOf(System.Text.Json.JsonElement header, string name)
        => header.TryGetProperty(name, out var value) && value.ValueKind == System.Text.Json.JsonValueKind.String ? value.GetString()! : "";
}
