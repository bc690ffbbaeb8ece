using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Retention;

/// <summary>Lists the stored objects that no set names.</summary>
public sealed class FindGarbage(VaultRetentions retentions, TimeProvider time, ILogger<FindGarbage> logger)
{
    /// <summary>Gives the lists; run again, it writes others in a folder of their own.</summary>
    [Function(nameof(FindGarbage))]
    public Task<CollectionPlan> RunAsync([ActivityTrigger] CollectionOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var run = order.Order;
        var link = new OperationLink(client, time, logger, run.OperationId, "stored objects");
        return link.RunAsync(
            async token =>
            {
                var plan = await retentions.Of(run).Garbage.FindAsync(run.Site, order.NamePaths, $"{run.Folder}{Guid.NewGuid():N}/", seen => link.Report(0, null, seen), token);
                logger.GarbageFound(run.Site, plan.Objects, plan.Bytes);
                return plan;
            },
            cancellationToken);
    }
}
