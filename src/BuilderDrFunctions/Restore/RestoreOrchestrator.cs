using BuilderDrFunctions.Faults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Restore;

/// <summary>Restores a set: check, restore beside what is live, prove, and only then put it in place.</summary>
/// <remarks>
/// Everything before the swap happens in databases of the run's own; artifacts are only added. Keys are written once the API is
/// down. The swap is one transaction; both are undone when the API does not come up on what was restored. From the swap on a cancel is no longer heeded: the way forward is the short one.
/// </remarks>
public static class RestoreOrchestrator
{
    /// <summary>Runs a restore to its end.</summary>
    [Function(nameof(RestoreOrchestrator))]
    public static async Task<RestoreReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, RestoreOrder order)
    {
        var log = context.CreateReplaySafeLogger(nameof(RestoreOrchestrator));
        var run = new RestoreRun(context, order);
        log.RestoreStarted(order.OperationId, order.Label, order.Site, order.Mode);
        FaultException? failure = null;
        try
        {
            await run.CheckAsync();
            if (order.Mode != RestoreMode.Plan)
            {
                await run.RestoreBesideAsync();
                await run.PutInPlaceAsync();
            }
        }
        catch (Exception exception) when (exception is TaskFailedException or FaultException)
        {
            // Kept until everything is in order again; what follows must not hide it.
            failure = RestoreFaults.OfStep(exception);
        }

        await run.CleanUpAsync(failure);
        if (failure is not null)
        {
            throw failure;
        }

        var receipt = run.Receipt();
        log.RestoreDone(order.OperationId, order.Label, order.Site, receipt.RecoverySeconds);
        return receipt;
    }
}
