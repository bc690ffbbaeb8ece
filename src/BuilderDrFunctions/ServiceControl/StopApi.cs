using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.ServiceControl;

/// <summary>Stops a site's API, after the wish to start it again is on record.</summary>
/// <remarks>
/// Where the run is terminated while the stop is on its way, the watchdog may have found the API still up and taken the wish off the record. Then nobody
/// but this step knows that the API goes down, so it starts it again itself.
/// </remarks>
public sealed class StopApi(ISiteDirectory sites, MustRestartRecords records, DowntimeLimit limit, TimeProvider time, ILogger<StopApi> logger)
{
    /// <summary>Returns when the API is down. Running it again is success.</summary>
    /// <exception cref="FaultException">DR1021: the run ended meanwhile, and the API is up again.</exception>
    [Function(nameof(StopApi))]
    public async Task<StopReceipt> RunAsync([ActivityTrigger] ApiOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var api = await site.GetApiAsync(cancellationToken);
        var requestedAt = time.GetUtcNow();
        logger.ApiStopping(order.Site, order.OperationId);
        if (order.StaysDown)
        {
            await api.StopAsync(cancellationToken);
            return new StopReceipt(requestedAt, time.GetUtcNow());
        }

        if (await IsDownAlreadyAsync(order, api, cancellationToken))
        {
            logger.ApiWasDown(order.Site, order.OperationId);
            return new StopReceipt(requestedAt, requestedAt) { WasDown = true };
        }

        await records.WriteAsync(new MustRestart(order.Site, order.OperationId, requestedAt), cancellationToken);
        try
        {
            await api.StopAsync(cancellationToken);
        }
        catch (FaultException)
        {
            // The service may go down all the same.
            await StartIfAbandonedAsync(order, api, requestedAt, client, cancellationToken);
            throw;
        }

        await StartIfAbandonedAsync(order, api, requestedAt, client, cancellationToken);
        return new StopReceipt(requestedAt, time.GetUtcNow()) { MostDown = limit.Most };
    }

    /// <summary>Whether somebody else stopped it since the run looked, perhaps hours ago: it is not for this run to start it then.</summary>
    private async Task<bool> IsDownAlreadyAsync(ApiOrder order, IServiceControl api, CancellationToken cancellationToken) =>
        order.MayStayDown && await api.GetStateAsync(cancellationToken) == ServiceState.Down && !await api.IsWantedUpAsync(cancellationToken)
        && (await records.FindAsync(order.Site, cancellationToken))?.OperationId != order.OperationId;

    private async Task StartIfAbandonedAsync(
        ApiOrder order, IServiceControl api, DateTimeOffset requestedAt, DurableTaskClient client, CancellationToken cancellationToken)
    {
        // Whatever the watchdog took off the record meanwhile: should what follows fail or this process end, it goes on with this.
        await records.WriteAsync(new MustRestart(order.Site, order.OperationId, requestedAt), cancellationToken);
        if (!await IsOverAsync(order, client, cancellationToken))
        {
            return;
        }

        logger.ApiStoppedForNobody(order.Site, order.OperationId);
        await api.StartAsync(cancellationToken);
        await records.ClearAsync(order.Site, cancellationToken);
        throw OperationFaults.Abandoned(order.OperationId);
    }

    private async Task<bool> IsOverAsync(ApiOrder order, DurableTaskClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetInstanceAsync(order.OperationId, cancellationToken) is not { IsCompleted: false };
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The durable store does not answer for the moment, which is no reason to end a backup.
            logger.RunNotReadable(order.OperationId, exception.GetType().Name);
            return false;
        }
    }
}
