using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.ServiceControl;

/// <summary>Starts a site's API and takes the wish for it off the record.</summary>
public sealed class StartApi(ISiteDirectory sites, MustRestartRecords records, TimeProvider time, ILogger<StartApi> logger)
{
    /// <summary>Returns when the API answers. Running it again is success.</summary>
    [Function(nameof(StartApi))]
    public async Task<StartReceipt> RunAsync([ActivityTrigger] ApiOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var api = await site.GetApiAsync(cancellationToken);
        await api.StartAsync(cancellationToken);
        var upAt = time.GetUtcNow();
        logger.ApiStarted(order.Site);
        await records.ClearAsync(order.Site, cancellationToken);
        return new StartReceipt(upAt);
    }
}
