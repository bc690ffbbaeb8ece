using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Starts an API that a run stopped and will not start any more: terminated, purged, or stopped for too long.</summary>
public sealed class ApiWatchdog(
    ISiteDirectory sites, MustRestartRecords records, IOptions<MonitoringOptions> options, TimeProvider time, ILogger<ApiWatchdog> logger)
{
    /// <summary>Looks every minute. One site's trouble does not keep the others waiting for ever: each has its own time limit.</summary>
    [Function(nameof(ApiWatchdog))]
    public async Task RunAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        foreach (var site in sites.Names)
        {
            try
            {
                await LookAsync(site, client, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.WatchdogFailed(site, exception.Message);
            }
        }
    }

    private async Task LookAsync(string name, DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken) is not { } record)
        {
            return;
        }

        var run = await client.GetInstanceAsync(record.OperationId, cancellationToken);
        if (run is { IsCompleted: false } && !record.IsOverdue(time.GetUtcNow(), options.Value.MaxApiDowntime))
        {
            return;
        }

        logger.WatchdogStartsApi(name, record.OperationId, record.StoppedAt);
        await using var site = sites.Open(name);
        await (await site.GetApiAsync(cancellationToken)).StartAsync(cancellationToken);
        logger.WatchdogStartedApi(name);
        await TimeLimit.RunAsync(options.Value.ProbeTimeout, token => records.ClearAsync(name, token), cancellationToken);
    }

    /// <summary>The wish on record. A vault that does not answer, which may be why the API is still down, is no reason to leave it so: then this process's own memory counts.</summary>
    private async Task<MustRestart?> FindAsync(string site, CancellationToken cancellationToken)
    {
        try
        {
            return await TimeLimit.RunAsync(options.Value.ProbeTimeout, token => records.FindAsync(site, token), cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && records.Remembered(site) is not null)
        {
            logger.WatchdogFailed(site, exception.Message);
            return records.Remembered(site);
        }
    }
}
