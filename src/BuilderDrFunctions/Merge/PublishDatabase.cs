using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Merge;

/// <summary>Gives the merged and proved database its name: from here on it counts.</summary>
public sealed class PublishDatabase(ISiteDirectory sites, TimeProvider time)
{
    /// <summary>Renames; running it again is success.</summary>
    [Function(nameof(PublishDatabase))]
    public async Task<bool> RunAsync([ActivityTrigger] MergeOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        await new DatabaseMerger(await site.GetPostgresAsync(cancellationToken), order.Names, time).PublishAsync(cancellationToken);
        return true;
    }
}
