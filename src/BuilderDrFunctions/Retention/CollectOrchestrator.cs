using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Retention;

/// <summary>Removes all lists of garbage in a bounded window; continues as new, so that its history stays small whatever the vault's size.</summary>
public static class CollectOrchestrator
{
    private const int Window = 4;

    /// <summary>Runs to the last list.</summary>
    [Function(nameof(CollectOrchestrator))]
    public static Task<CollectReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, CollectAllOrder order)
    {
        var plan = order.Plan;
        return BatchRun.RunAsync(
            context,
            new BatchesToDo<CollectReceipt>(order.Order.OperationId, plan.Batches, Window, order.BatchesDone, order.Done),
            batch => context.CallActivityAsync<CollectReceipt>(nameof(CollectGarbage), new CollectOrder(order.Order, plan.Folder, batch), Retries.Transient),
            done => new StepProgress("garbage", done.Bytes, plan.Bytes, done.Objects, plan.Objects),
            (batches, done) => order with { BatchesDone = batches, Done = done });
    }
}
