using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Verify;

/// <summary>Verifies the newest set of every site by the clock.</summary>
public sealed class MonthlyVerify(ISiteDirectory sites, SetCatalog catalog, IOptions<VerifyOptions> options, TimeProvider time, ILogger<MonthlyVerify> logger)
{
    /// <summary>Runs at <c>Schedules__Verify</c>.</summary>
    [Function(nameof(MonthlyVerify))]
    public async Task RunAsync(
        [TimerTrigger("%Schedules:Verify%")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        foreach (var site in sites.Names)
        {
            // A set whose manifest is damaged is verified too: its operation fails and says so, and the other sites are not kept waiting.
            var (newest, ahead) = await catalog.FindNewestLabelAsync(site, time.GetUtcNow(), cancellationToken);
            if (ahead is { } future)
            {
                logger.AheadPassedOver(future.Value, site);
            }

            if (newest is not { } label)
            {
                logger.NothingToVerify(site);
                continue;
            }

            var id = OperationId.New(VerifyEndpoints.Kind, site, time.GetUtcNow());
            await client.ScheduleNewOrchestrationInstanceAsync(
                nameof(VerifyOrchestrator), new VerifyOrder(id.ToString(), site, label.Value, options.Value.Window),
                new StartOrchestrationOptions(id.ToString()), cancellationToken);
        }
    }
}
