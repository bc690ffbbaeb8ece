using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Drill;

/// <summary>Rehearses restores by the clock.</summary>
public sealed class WeeklyDrill(
    ISiteDirectory sites, OperationStarter starter, IOptions<DrillOptions> options, TimeProvider time, ILogger<WeeklyDrill> logger)
{
    /// <summary>Runs at <c>Schedules__Drill</c>. A site that is busy is passed over until the next time, and the log says so.</summary>
    [Function(nameof(WeeklyDrill))]
    public async Task RunAsync(
        [TimerTrigger("%Schedules:Drill%")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        foreach (var site in options.Value.Site is { Length: > 0 } one ? [one] : sites.Names)
        {
            var id = OperationId.New(DrillEndpoints.Kind, site, time.GetUtcNow());
            var trigger = timer.IsPastDue ? "timer, past due" : "timer";
            if (await starter.TryStartAsync(client, id, nameof(DrillOrchestrator), new DrillOrder(id.ToString(), site), trigger, cancellationToken) is { } running)
            {
                logger.DrillSkipped(site, running);
            }
        }
    }
}
