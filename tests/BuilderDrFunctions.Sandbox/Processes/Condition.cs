using System.Diagnostics;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>Waits for something to become true in a process that cannot tell when it does.</summary>
public static class Condition
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again; false when <paramref name="timeout"/> runs out. One question may take 5 s at most.</summary>
    public static async Task<bool> TryAwaitAsync(Func<CancellationToken, Task<bool>> holds, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(5));
            try
            {
                if (await holds(limit.Token))
                {
                    return true;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // that question took too long: the next one may not
            }

            if (Stopwatch.GetElapsedTime(started) > timeout)
            {
                return false;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}
