using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Merge;

/// <summary>Removes what a merge left that did not come to count.</summary>
public sealed class CleanUpMerge(ISiteDirectory sites, IVault vault, TimeProvider time)
{
    /// <summary>Running it again is success.</summary>
    [Function(nameof(CleanUpMerge))]
    public async Task<bool> RunAsync([ActivityTrigger] MergeOrder order, CancellationToken cancellationToken)
    {
        if (order.Kind == MergeKind.Databases)
        {
            await using var site = sites.Open(order.Site);
            await new DatabaseMerger(await site.GetPostgresAsync(cancellationToken), order.Names, time).DropLeftoversAsync(cancellationToken);
        }

        await vault.RemoveAsync(MergeReports.PreparedPath(order.Site, order.OperationId), cancellationToken);
        return true;
    }
}
