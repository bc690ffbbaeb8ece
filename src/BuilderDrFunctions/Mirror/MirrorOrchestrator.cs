using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Mirror;

/// <summary>Runs one mirror pass: plan, fetch the batches in a bounded window, settle the inventory.</summary>
/// <remarks>
/// The window spreads over as many workers as there are. After <see cref="BatchesPerGeneration"/> batches the orchestration continues as new, so that
/// its history stays small whatever the bucket's size. Every step can be done again: an interrupted run goes on with the first batch without receipt.
/// </remarks>
public static class MirrorOrchestrator
{
    /// <summary>Batches between two fresh starts of the history: at about 1.5 KB each, well below a megabyte.</summary>
    public const int BatchesPerGeneration = 200;

    private const int ProgressReports = 100;

    /// <summary>Runs a pass to its end.</summary>
    [Function(nameof(MirrorOrchestrator))]
    public static async Task<MirrorReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, MirrorOrder order)
    {
        var log = context.CreateReplaySafeLogger(nameof(MirrorOrchestrator));
        var plan = order.Plan ?? await context.CallActivityAsync<MirrorPlan>(nameof(PlanMirror), order, Retries.Transient);
        if (order.Plan is null)
        {
            log.MirrorPlanned(order.Site, order.Pass, plan.Objects, plan.Bytes, plan.ToFetch, plan.ToFetchBytes, plan.Batches);
        }

        var until = Math.Min(plan.Batches, order.BatchesDone + BatchesPerGeneration);
        var done = await FetchAsync(context, order, plan, until);
        if (until < plan.Batches)
        {
            context.ContinueAsNew(order with { Plan = plan, BatchesDone = until, Done = done });
            return null!;
        }

        if (order.FetchOnly)
        {
            return new MirrorReceipt(order.ResultPath, "", 0, new InventoryCounts(), done) { Plan = plan };
        }

        var settle = new SettleOrder(order.Site, order.OperationId, order.Pass, plan.Folder, plan.Batches, order.ResultPath, order.ChecksumsPath);
        var receipt = await context.CallActivityAsync<MirrorReceipt>(nameof(SettleInventory), settle, Retries.Transient);
        log.MirrorSettled(order.Site, order.Pass, receipt.Counts.Objects, receipt.Transfer.Fetched, receipt.Transfer.FetchedBytes);
        return receipt;
    }

    /// <summary>Fetches the batches up to <paramref name="until"/>. When one fails, those under way end before the failure is passed on.</summary>
    private static async Task<BatchReceipt> FetchAsync(TaskOrchestrationContext context, MirrorOrder order, MirrorPlan plan, int until)
    {
        var done = order.Done;
        var next = order.BatchesDone + 1;
        var finished = order.BatchesDone;
        List<Task<BatchReceipt>> running = [];
        Task<BatchReceipt>? failed = null;
        while (running.Count > 0 || (failed is null && next <= until))
        {
            while (failed is null && next <= until && running.Count < plan.Window)
            {
                var fetch = new FetchOrder(order.Site, order.OperationId, plan.Folder, next++) { Pass = order.Pass };
                running.Add(context.CallActivityAsync<BatchReceipt>(nameof(FetchBatch), fetch, Retries.Transient));
            }

            var first = await Task.WhenAny(running);
            running.Remove(first);
            if (first.IsCompletedSuccessfully)
            {
                done = done.Plus(await first);
                Report(context, order, plan, ++finished, done);
            }
            else
            {
                failed ??= first;
            }
        }

        return failed is null ? done : await failed;
    }

    /// <summary>Tells the operation how far it is: at most about a hundred times, since each report stays in its history.</summary>
    private static void Report(TaskOrchestrationContext context, MirrorOrder order, MirrorPlan plan, int finished, BatchReceipt done)
    {
        var every = Math.Max(1, plan.Batches / ProgressReports);
        if (finished % every == 0 || finished == plan.Batches)
        {
            var progress = new StepProgress("artifacts", done.Bytes, plan.ToFetchBytes, done.Objects, plan.ToFetch);
            context.SetCustomStatus(progress);
            context.SendEvent(order.OperationId, StepProgress.EventName, progress);
        }
    }
}
