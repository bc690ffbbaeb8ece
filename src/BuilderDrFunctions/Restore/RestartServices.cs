using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ServiceControl;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Brings up, in order, the services around the API, and restarts those that keep answers of the former database: memcached for 15 minutes, the proxy for up to an hour.</summary>
public sealed class RestartServices(ISiteDirectory sites, ILogger<RestartServices> logger)
{
    // Datastore and MinIO may be servers elsewhere: where the host does not know them there is nothing to start.
    private static readonly string[] Needed = ["builder-datastore", "builder-minio"];

    /// <summary>Gives what an operator must still do by hand. Running it again restarts again, which does no harm.</summary>
    [Function(nameof(RestartServices))]
    public async Task<string[]> RunAsync([ActivityTrigger] ServicesOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        if (await site.GetHostAsync(cancellationToken) is null)
        {
            return order.Stage == ServicesStage.AfterApi ? [] : ["memcached and the proxy keep answers of the former database for up to an hour: restart them"];
        }

        var warnings = new List<string>();
        if (order.Stage == ServicesStage.AfterApi)
        {
            await RestartAsync(site, "builder-api-proxy", warnings, cancellationToken);
            return [.. warnings];
        }

        foreach (var service in Needed)
        {
            await StartAsync(site, service, warnings, cancellationToken);
        }

        await RestartAsync(site, "builder-memcached", warnings, cancellationToken);
        return [.. warnings];
    }

    private Task StartAsync(ISiteConnection site, string service, List<string> warnings, CancellationToken cancellationToken) =>
        TryAsync(site, service, "was not started", warnings, async control =>
        {
            if (await control.GetStateAsync(cancellationToken) == ServiceState.Down)
            {
                await control.StartAsync(cancellationToken);
            }

            return null;
        }, cancellationToken);

    private Task RestartAsync(ISiteConnection site, string service, List<string> warnings, CancellationToken cancellationToken) =>
        TryAsync(site, service, "was not restarted and may keep answers of the former database for up to an hour", warnings, async control =>
        {
            if (await control.GetStateAsync(cancellationToken) == ServiceState.Unknown)
            {
                return "the Builder host does not run it";
            }

            await control.StopAsync(cancellationToken);
            await control.StartAsync(cancellationToken);
            logger.ServiceRestarted(service, site.Name);
            return null;
        }, cancellationToken);

    // The API and what it serves count more than a cache: what fails here is told and undoes nothing.
    private async Task TryAsync(
        ISiteConnection site, string service, string what, List<string> warnings, Func<IServiceControl, Task<string?>> act, CancellationToken cancellationToken)
    {
        string? problem;
        try
        {
            problem = await act(await site.GetServiceAsync(service, cancellationToken));
        }
        catch (FaultException fault)
        {
            problem = fault.Message;
        }

        if (problem is not null)
        {
            logger.ServiceNotRestarted(service, site.Name, problem);
            warnings.Add($"{service} {what}: {problem}");
        }
    }
}

/// <summary>Tells an activity which services to look after.</summary>
public sealed record ServicesOrder(string OperationId, string Site, ServicesStage Stage);

/// <summary>When, seen from the API's start.</summary>
public enum ServicesStage
{
    /// <summary>Datastore and MinIO are started where they are down, memcached is restarted.</summary>
    BeforeApi,

    /// <summary>The proxy is restarted.</summary>
    AfterApi,
}
