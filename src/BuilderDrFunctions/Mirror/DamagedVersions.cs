using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.ObjectStore;

namespace BuilderDrFunctions.Mirror;

/// <summary>Stored versions that were found damaged or lost, in key order beside a listing in key order.</summary>
internal sealed class DamagedVersions(IAsyncEnumerator<InventoryEntry> entries) : IAsyncDisposable
{
    private InventoryEntry? _next;
    private bool _isBegun;

    /// <summary>What was stored of this very version of an object, if it was found damaged; keys are asked for in order, each once.</summary>
    public async ValueTask<InventoryEntry?> FindAsync(ObjectEntry listed)
    {
        if (!_isBegun)
        {
            _isBegun = true;
            await AdvanceAsync();
        }

        InventoryEntry? found = null;
        for (int order; _next is not null && (order = KeyOrder.Compare(_next.Key, listed.Key)) <= 0; await AdvanceAsync())
        {
            if (order == 0 && string.Equals(_next.Name, ObjectVersion.NameOf(listed.Key, listed.ETag, listed.Bytes), StringComparison.Ordinal))
            {
                found = _next;
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => entries.DisposeAsync();

    private async ValueTask AdvanceAsync() => _next = await entries.MoveNextAsync() ? entries.Current : null;
}
