using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Retention;

/// <summary>Decides which sets of a site expire.</summary>
public sealed class PlanExpiry(VaultRetentions retentions, TimeProvider time, ILogger<PlanExpiry> logger)
{
    /// <summary>Gives every set's fate; changes nothing.</summary>
    [Function(nameof(PlanExpiry))]
    public Task<ExpiryPlan> RunAsync([ActivityTrigger] ExpireOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.OperationId, "sets").RunAsync(token => retentions.Of(order).Survey.PlanAsync(order.Site, token), cancellationToken);
}
