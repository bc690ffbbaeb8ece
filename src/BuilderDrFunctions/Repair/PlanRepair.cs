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
        var bucket = await site.GetArtifactsAsync(cancellationToken);
        var builder = await site.GetBuilderApiAsync(cancellationToken);
        var plan = await postgres.UseAsync(
            name,
            async (source, token) =>
            {
                await using var database = await source.OpenConnectionAsync(token);
                return await planner.PlanAsync(order, bucket, PackageChecksums.ReadAsync(database, token), builder.HasToken, token);
            },
            cancellationToken);
        logger.RepairPlanned(order.OperationId, order.Site, plan.PutBack, plan.Uploads, plan.Irreparable);
        return plan;
    }
}
