using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Mirror;

/// <summary>Compares a site's bucket with the former inventory and writes the work lists.</summary>
public sealed class PlanMirror(ISiteDirectory sites, MirrorPlanner planner, TimeProvider time, ILogger<PlanMirror> logger)
{
    /// <summary>Makes the plan; run again, it gives the plan already made.</summary>
    [Function(nameof(PlanMirror))]
    public Task<MirrorPlan> RunAsync([ActivityTrigger] MirrorOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "listing");
        return link.RunAsync(
            async token =>
            {
                await using var site = sites.Open(order.Site);
                return await planner.PlanAsync(order, await site.GetArtifactsAsync(token), new LinkProgress(link), token);
            },
            cancellationToken);
    }
}
