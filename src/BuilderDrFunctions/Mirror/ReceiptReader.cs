using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Mirror;

/// <summary>The receipts of a plan's batches, one after the other: their objects follow each other in key order.</summary>
internal sealed class ReceiptReader(IVault vault, SettleOrder order)
{
    private List<InventoryEntry> _entries = [];
    private int _next;
    private int _read;

    /// <summary>The sum of the receipts read.</summary>
    public BatchReceipt Transfer { get; private set; } = new();

    /// <summary>The next object, which must be this one.</summary>
    public async ValueTask<InventoryEntry> TakeAsync(string key, CancellationToken cancellationToken)
    {
        while (_next == _entries.Count)
        {
            await ReadNextAsync(key, cancellationToken);
        }

        var entry = _entries[_next++];
        return string.Equals(entry.Key, key, StringComparison.Ordinal) ? entry : throw MirrorFaults.WorkLost(MirrorPaths.Receipt(order.Folder, _read));
    }

    /// <summary>Everything must have been taken.</summary>
    public void End()
    {
        if (_next != _entries.Count || _read != order.Batches)
        {
            throw MirrorFaults.WorkLost(MirrorPaths.Receipt(order.Folder, Math.Max(_read, 1)));
        }
    }

    /// <summary>Adds the receipts up from the first, without their objects.</summary>
    public async Task SumAsync(CancellationToken cancellationToken)
    {
        Transfer = new();
        for (var batch = 1; batch <= order.Batches; batch++)
        {
            var (head, _) = await WorkList.ReadReceiptAsync(vault, MirrorPaths.Receipt(order.Folder, batch), cancellationToken);
            Transfer = Transfer.Plus(head);
        }
    }

    private async Task ReadNextAsync(string key, CancellationToken cancellationToken)
    {
        if (_read == order.Batches)
        {
            throw MirrorFaults.WorkLost($"{MirrorPaths.Draft(order.Folder)} ({key})");
        }

        _read++;
        var (head, entries) = await WorkList.ReadReceiptAsync(vault, MirrorPaths.Receipt(order.Folder, _read), cancellationToken);
        Transfer = Transfer.Plus(head);
        (_entries, _next) = (entries, 0);
    }
}
