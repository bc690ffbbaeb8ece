using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Restore;

/// <summary>Copies all batches of a plan in a bounded window; continues as new, so that its history stays small whatever the bucket's size.</summary>
public static class CopyArtifactsOrchestrator
{
    /// <summary>Runs to the last batch.</summary>
    [Function(nameof(CopyArtifactsOrchestrator))]
    public static Task<CopyReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, CopyAllOrder order)
    {
        var plan = order.Plan;
        return BatchRun.RunAsync(
            context,
            new BatchesToDo<CopyReceipt>(order.OperationId, plan.Batches, order.Window, order.BatchesDone, order.Done),
            batch => context.CallActivityAsync<CopyReceipt>(
                nameof(CopyArtifacts), new CopyOrder(order.OperationId, order.Site, order.SourceSite, plan.Folder, batch, order.Prefix), Retries.Transient),
            done => new StepProgress("artifacts", done.CopiedBytes, plan.ToCopyBytes, done.Objects, plan.ToCopy),
            (batches, done) => order with { BatchesDone = batches, Done = done });
    }
}

/// <summary>All batches of a plan.</summary>
/// <param name="OperationId">The restore.</param>
/// <param name="Site">Whose bucket.</param>
/// <param name="SourceSite">Whose set.</param>
/// <param name="Prefix">What goes before the keys.</param>
/// <param name="Window">Batches at once.</param>
/// <param name="Plan">Where the batches lie.</param>
public sealed record CopyAllOrder(string OperationId, string Site, string SourceSite, string Prefix, int Window, ArtifactsPlan Plan)
{
    /// <summary>Batches done when the orchestration continued as new.</summary>
    public int BatchesDone { get; init; }

    /// <summary>Their sum.</summary>
    public CopyReceipt Done { get; init; } = new();
}
