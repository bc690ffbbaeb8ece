using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Mirror;

/// <summary>Cuts the objects to fetch into batches by count and bytes, and writes each as a work list.</summary>
internal sealed class WorkWriter(IVault vault, string folder, MirrorOptions options)
{
    private readonly List<InventoryEntry> _batch = [];
    private long _batchBytes;

    /// <summary>Work lists written.</summary>
    public int Batches { get; private set; }

    /// <summary>Objects in them.</summary>
    public long Objects { get; private set; }

    /// <summary>Their size.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds an object, and writes the batch before it when that is full.</summary>
    public async ValueTask AddAsync(InventoryEntry entry, CancellationToken cancellationToken)
    {
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
        if (_batch.Count > 0)
        {
            await WorkList.WriteAsync(vault, MirrorPaths.Work(folder, Batches + 1), head: null, _batch, cancellationToken);
            Batches++;
            _batch.Clear();
            _batchBytes = 0;
        }
    }
}
