using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Repair;

/// <summary>Compares a site's database, bucket and sets as they are now, and writes down what a repair would do.</summary>
public sealed class PlanRepair(ISiteDirectory sites, RepairPlanner planner, TimeProvider time, ILogger<PlanRepair> logger)
{
    /// <summary>Gives the plan; changes nothing. Run again, it makes another one.</summary>
    [Function(nameof(PlanRepair))]
    public Task<RepairPlan> RunAsync([ActivityTrigger] RepairOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "artifacts");
        return link.RunAsync(token => PlanAsync(order, token), cancellationToken);
    }

    private async Task<RepairPlan> PlanAsync(RepairOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var name = await PackageChecksums.FindDatabaseAsync(site, cancellationToken) ?? throw RepairFaults.NoPackages(order.Site, postgres.Description);
        await using var source = postgres.Connect(name);
        await using var database = await source.OpenConnectionAsync(cancellationToken);
        var plan = await planner.PlanAsync(
            order, await site.GetArtifactsAsync(cancellationToken), PackageChecksums.ReadAsync(database, cancellationToken),
            (await site.GetBuilderApiAsync(cancellationToken)).HasToken, cancellationToken);
        logger.RepairPlanned(order.OperationId, order.Site, plan.PutBack, plan.Uploads, plan.Irreparable);
        return plan;
    }
}
