using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Verify;

/// <summary>Reads all batches of a plan in a bounded window; continues as new, so that its history stays small whatever the set's size.</summary>
public static class VerifyArtifactsOrchestrator
{
    /// <summary>Runs to the last batch.</summary>
    [Function(nameof(VerifyArtifactsOrchestrator))]
    public static Task<VerifyReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, VerifyAllOrder order)
    {
        var plan = order.Plan;
        return BatchRun.RunAsync(
            context,
            new BatchesToDo<VerifyReceipt>(order.Order.OperationId, plan.Batches, order.Order.Window, order.BatchesDone, order.Done),
            batch => context.CallActivityAsync<VerifyReceipt>(
                nameof(VerifyArtifacts), new VerifyBatchOrder(order.Order.OperationId, order.Order.Site, plan.Folder, batch), Retries.Transient),
            done => new StepProgress("artifacts", done.Bytes, plan.ObjectBytes, done.Objects, plan.Objects),
            (batches, done) => order with { BatchesDone = batches, Done = done });
    }
}

/// <summary>All batches of a plan.</summary>
/// <param name="Order">The verification.</param>
/// <param name="Plan">Where the batches lie.</param>
public sealed record VerifyAllOrder(VerifyOrder Order, VerifyPlan Plan)
{
    /// <summary>Batches done when the orchestration continued as new.</summary>
    public int BatchesDone { get; init; }

    /// <summary>Their sum.</summary>
    public VerifyReceipt Done { get; init; } = new();
}
