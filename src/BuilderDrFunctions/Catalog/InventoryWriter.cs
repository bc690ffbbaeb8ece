using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>Writes an inventory in one pass, keys in binary order. It exists once it is committed.</summary>
public sealed class InventoryWriter : IAsyncDisposable
{
    private readonly InventoryLineWriter _lines;

    private InventoryWriter(InventoryLineWriter lines) => _lines = lines;

    /// <summary>What was written so far.</summary>
    public InventoryCounts Counts { get; private set; } = new();

    /// <summary>Begins an inventory.</summary>
    public static async Task<InventoryWriter> CreateAsync(IVault vault, string path, InventoryHeader header, CancellationToken cancellationToken)
        => new(await InventoryLineWriter.CreateAsync(
            vault,
            path,
            InventoryFormat.Name,
            InventoryFormat.Version,
            json =>
            {
                json.WriteString("site"u8, header.Site);
                json.WriteString("operation"u8, header.Operation);
            },
            cancellationToken));

    /// <summary>Adds an entry; its key must come behind the former one's.</summary>
    /// <exception cref="Faults.PermanentFaultException">DR2103.</exception>
    public ValueTask WriteAsync(InventoryEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Counts = Counts.With(entry);
        return _lines.WriteAsync(entry.Key, entry, InventoryFormat.Write, cancellationToken);
    }

    /// <summary>Makes it visible, unless another is already at its path.</summary>
    /// <returns>Whether this one is at the path now, and its SHA-256.</returns>
    public Task<(bool Committed, string Sha256)> CommitAsync(CancellationToken cancellationToken) => _lines.CommitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _lines.DisposeAsync();
}
