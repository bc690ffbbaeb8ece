using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Copies all lists of a plan in a bounded window; continues as new, so that its history stays small whatever the set's size.</summary>
public static class CopyObjectsOrchestrator
{
    private const int Window = 8;

    /// <summary>Runs to the last list.</summary>
    [Function(nameof(CopyObjectsOrchestrator))]
    public static Task<SecondCopyReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, CopyObjectsOrder order)
    {
        var plan = order.Plan;
        return BatchRun.RunAsync(
            context,
            new BatchesToDo<SecondCopyReceipt>(order.Order.OperationId, plan.Batches, Window, order.BatchesDone, order.Done),
            batch => context.CallActivityAsync<SecondCopyReceipt>(nameof(CopyObjects), new CopyBatchOrder(order.Order, plan.Folder, batch), Retries.Transient),
            done => new StepProgress("second copy", done.Bytes, plan.Bytes, done.Objects, plan.Objects),
            (batches, done) => order with { BatchesDone = batches, Done = done });
    }
}
