using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Backup;

/// <summary>Starts the nightly backup of every site that is scheduled.</summary>
public sealed class NightlyBackup(
    ISiteDirectory sites, OperationStarter starter, IOptions<ScheduleOptions> schedules, RetentionOptions retention, TimeProvider time, ILogger<NightlyBackup> logger)
{
    /// <summary>Runs at <c>Schedules__Backup</c>. A site that is busy is passed over until the next time, and the log says so; one site's trouble costs no other its night.</summary>
    /// <exception cref="AggregateException">Of the sites whose backup could not be started, so that the host says that the timer failed.</exception>
    [Function(nameof(NightlyBackup))]
    public async Task RunAsync(
        [TimerTrigger("%Schedules:Backup%")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        foreach (var site in schedules.Value.Site is { Length: > 0 } one ? [one] : sites.Names)
        {
            try
            {
                await StartAsync(site, timer.IsPastDue ? "timer, past due" : "timer", client, cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                logger.NightlyNotStarted(site, failure.Message);
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    private async Task StartAsync(string site, string trigger, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var id = OperationId.New("backup", site, time.GetUtcNow());
        var order = new BackupOrder(id.ToString(), site, BackupLabel.Of(id, "nightly").Value, null) { Expires = retention.AfterBackup };
        if (await starter.TryStartAsync(client, id, nameof(BackupOrchestrator), order, trigger, cancellationToken) is { } running)
        {
            logger.NightlySkipped(site, running);
        }
    }
}
