using BuilderDrFunctions.Durability;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Recovery;

/// <summary>What the orchestrators of batches share: a bounded window, progress, and a fresh start of the history every few hundred batches. Deterministic.</summary>
internal static class BatchRun
{
    private const int ProgressReports = 100;

    /// <summary>Runs the batches of one generation, then ends with the sum, or continues as new with what is left.</summary>
    /// <param name="context">The orchestration.</param>
    /// <param name="run">How many batches, and how many are done.</param>
    /// <param name="begin">Begins a batch, by its number from 1.</param>
    /// <param name="progress">The sum, as the operation shows it.</param>
    /// <param name="next">The input of the next generation.</param>
    /// <returns>The sum; null where it continues as new, and nobody sees it.</returns>
    public static async Task<T> RunAsync<T>(
        TaskOrchestrationContext context, BatchesToDo<T> run, Func<int, Task<T>> begin, Func<T, StepProgress> progress, Func<int, T, object> next)
        where T : class, IBatchReceipt<T>
    {
        var last = Math.Min(run.Batches, run.BatchesDone + BatchWindow.PerGeneration);
        var done = run.Done;
        var finished = run.BatchesDone;
        var reportEvery = Math.Max(1, run.Batches / ProgressReports);
        await BatchWindow.RunAsync(run.BatchesDone + 1, last, run.Window, begin, receipt =>
        {
            done = done.Plus(receipt);
            if (++finished % reportEvery == 0)
            {
                context.SendEvent(run.OperationId, StepProgress.EventName, progress(done));
            }
        });
        if (last == run.Batches)
        {
            return done;
        }

        context.ContinueAsNew(next(last, done));
        return null!;
    }
}

/// <summary>What a batch did, and what batches did together.</summary>
public interface IBatchReceipt<T>
{
    /// <summary>The sum of both.</summary>
    T Plus(T other);
}

/// <summary>Where a run of batches stands.</summary>
/// <param name="OperationId">The operation that shows the progress.</param>
/// <param name="Batches">How many there are.</param>
/// <param name="Window">How many run at once.</param>
/// <param name="BatchesDone">Done in earlier generations.</param>
/// <param name="Done">Their sum.</param>
internal sealed record BatchesToDo<T>(string OperationId, int Batches, int Window, int BatchesDone, T Done);
