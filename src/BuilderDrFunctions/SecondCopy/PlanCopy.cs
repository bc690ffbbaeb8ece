using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Writes down which artifacts of a set the second vault lacks.</summary>
public sealed class PlanCopy(CopyingVault copying, IOptions<RecoveryOptions> options, TimeProvider time, ILogger<PlanCopy> logger)
{
    /// <summary>Gives the plan; run again, it makes another one in a folder of its own.</summary>
    [Function(nameof(PlanCopy))]
    public Task<CopySetPlan> RunAsync([ActivityTrigger] CopySetOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.Order.OperationId, order.Label).RunAsync(
            async token =>
            {
                var plan = await copying.PlanAsync(order.Order, order.Label, options.Value, token);
                logger.CopyPlanned(order.Label, order.Order.Site, plan.Objects, plan.Bytes);
                return plan;
            },
            cancellationToken);
}
