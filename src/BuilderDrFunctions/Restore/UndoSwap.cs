using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Puts the former databases back under the live names.</summary>
public sealed class UndoSwap(ISiteDirectory sites, RestoreRecords records, TimeProvider time, ILogger<UndoSwap> logger)
{
    /// <summary>Renames back; what was not done, or is undone already, is success.</summary>
    [Function(nameof(UndoSwap))]
    public async Task<bool> RunAsync([ActivityTrigger] SwapOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        await new DatabaseSwap(await site.GetPostgresAsync(cancellationToken), time).UndoAsync(order, cancellationToken);
        await records.ClearAsync(order.Site, order.OperationId, cancellationToken);
        logger.SwapUndone(order.Site, order.OperationId);
        return true;
    }
}
