using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.ServiceControl;

/// <summary>Stops a site's API, after the wish to start it again is on record.</summary>
public sealed class StopApi(ISiteDirectory sites, MustRestartRecords records, TimeProvider time, ILogger<StopApi> logger)
{
    /// <summary>Returns when the API is down. Running it again is success.</summary>
    [Function(nameof(StopApi))]
    public async Task<StopReceipt> RunAsync([ActivityTrigger] ApiOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var api = await site.GetApiAsync(cancellationToken);
        var requestedAt = time.GetUtcNow();
        await records.WriteAsync(new MustRestart(order.Site, order.OperationId, requestedAt), cancellationToken);
        logger.ApiStopping(order.Site, order.OperationId);
        await api.StopAsync(cancellationToken);
        return new StopReceipt(requestedAt, time.GetUtcNow());
    }
}
