using BuilderDrFunctions.Faults;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Durability;

/// <summary>An operation seen from one of its activities: takes progress to the orchestrator and brings back the wish to cancel.</summary>
/// <remarks>
/// The cloud does not tell an activity that its instance was terminated, so the link asks every few seconds. Progress goes out as an
/// external event only when it changed, and ever more rarely, down to one a minute: an orchestrator's whole history is read again for each.
/// </remarks>
public sealed class OperationLink(DurableTaskClient client, TimeProvider time, ILogger logger, string operationId, string step)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    private StepProgress? _latest;

    /// <summary>Notes how far the step is; cheap enough to be called for every buffer.</summary>
    public void Report(long bytes, long? totalBytes, long objects = 0, long? totalObjects = null) =>
        Volatile.Write(ref _latest, new StepProgress(step, bytes, totalBytes, objects, totalObjects));

    /// <summary>The same for an activity that has several things to do, one after the other.</summary>
    public void ReportAt(string part, long bytes, long? totalBytes, long objects, long? totalObjects) =>
        Volatile.Write(ref _latest, new StepProgress(part, bytes, totalBytes, objects, totalObjects));

    /// <summary>Does the activity's work under a token that is cancelled when the host stops or the operation is to end.</summary>
    /// <exception cref="PermanentFaultException">DR1020 or DR1021, when the operation ended first.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var canceled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = WatchAsync(canceled, done.Token);
        PermanentFaultException? ending = null;
        try
        {
            return await work(canceled.Token);
        }
        catch (OperationCanceledException) when (canceled.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The watch ended the work: its reason is thrown below, and no retry policy tries again.
            ending = await watch;
            throw ending ?? OperationFaults.Canceled(null);
        }
        finally
        {
            if (ending is null)
            {
                await done.CancelAsync();
                await watch;
            }
        }
    }

    private async Task<PermanentFaultException?> WatchAsync(CancellationTokenSource work, CancellationToken cancellationToken)
    {
        StepProgress? sent = null;
        var silence = First;
        var sentAt = time.GetTimestamp();
        try
        {
            while (true)
            {
                await Task.Delay(silence < LongestLook ? silence : LongestLook, time, cancellationToken);
                var latest = Volatile.Read(ref _latest);
                try
                {
                    if (await EndingAsync(cancellationToken) is { } ending)
                    {
                        await work.CancelAsync();
                        return ending;
                    }

                    if (latest is not null && latest != sent && time.GetElapsedTime(sentAt) >= silence)
                    {
                        await client.RaiseEventAsync(operationId, StepProgress.EventName, latest, cancellationToken);
                        sent = latest;
                        sentAt = time.GetTimestamp();
                        silence = TimeSpan.FromTicks(Math.Min((long)(silence.Ticks * 1.1), LongestSilence.Ticks));
                    }
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested || exception is not OperationCanceledException)
                {
                    // The durable store does not answer for the moment, or its client gives up by itself: the work goes on, the next look may succeed.
                    // A look that is cut short because the work is done ends as its client likes (RpcException), and is nothing to tell.
                    if (!cancellationToken.IsCancellationRequested)
                    {
                        logger.OperationNotReadable(operationId, exception.GetType().Name);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<PermanentFaultException?> EndingAsync(CancellationToken cancellationToken)
    {
        var instance = await client.GetInstanceAsync(operationId, getInputsAndOutputs: true, cancellationToken);
        if (instance is null || instance.IsCompleted)
        {
            return OperationFaults.Abandoned(operationId);
        }

        return instance.SerializedCustomStatus is { Length: > 2 } && instance.ReadCustomStatusAs<OperationStatus>() is { CancelRequested: true }
            ? OperationFaults.Canceled(null)
            : null;
    }
}
