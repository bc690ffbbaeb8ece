using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Recovery;

/// <summary>Cuts artifacts into batches by count and bytes, and writes each as a small inventory into a run's folder.</summary>
/// <param name="vault">Where to.</param>
/// <param name="folder">The folder of this attempt alone, ending in <c>/</c>.</param>
/// <param name="header">The run.</param>
/// <param name="options">The limits of a batch.</param>
public sealed class ArtifactBatches(IVault vault, string folder, InventoryHeader header, RecoveryOptions options)
{
    private readonly List<InventoryEntry> _batch = [];
    private long _batchBytes;

    /// <summary>Batches written, numbered from 1.</summary>
    public int Count { get; private set; }

    /// <summary>Artifacts added.</summary>
    public long Objects { get; private set; }

    /// <summary>Their sizes together.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds an artifact; keys come in order.</summary>
    public async ValueTask AddAsync(InventoryEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (_batch.Count >= options.BatchObjects || (_batch.Count > 0 && _batchBytes + entry.Bytes > options.BatchBytes))
        {
            await EndAsync(cancellationToken);
        }

        _batch.Add(entry);
        _batchBytes += entry.Bytes;
        Objects++;
        Bytes += entry.Bytes;
    }

    /// <summary>Writes what is left.</summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0)
        {
            return;
        }

        await using var writer = await InventoryWriter.CreateAsync(vault, PathOf(folder, Count + 1), header, cancellationToken);
        foreach (var entry in _batch)
        {
            await writer.WriteAsync(entry, cancellationToken);
        }

        await writer.CommitAsync(cancellationToken);
        Count++;
        _batch.Clear();
        _batchBytes = 0;
    }

    /// <summary>A batch's artifacts: few enough to be held in memory.</summary>
    public static async Task<IReadOnlyList<InventoryEntry>> ReadAsync(IVault vault, string folder, int batch, CancellationToken cancellationToken)
    {
        var entries = new List<InventoryEntry>();
        await using var reader = await InventoryReader.OpenAsync(vault, PathOf(folder, batch), expectedSha256: null, cancellationToken);
        await foreach (var entry in reader.ReadAsync(cancellationToken))
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static string PathOf(string folder, int batch) => $"{folder}batch-{batch.ToString("D6", CultureInfo.InvariantCulture)}.jsonl.zst";
}
