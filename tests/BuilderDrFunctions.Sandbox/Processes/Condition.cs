using System.Diagnostics;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>Waits for something to become true in a process that cannot tell when it does.</summary>
public static class Condition
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MostPerQuestion = TimeSpan.FromSeconds(5);

    /// <summary>Asks again and again; false when <paramref name="timeout"/> runs out. One question may take 5 s at most.</summary>
    /// <remarks>A machine that stands still, as a virtual one may, uses up one question's time and not the whole timeout.</remarks>
    public static async Task<bool> TryAwaitAsync(Func<CancellationToken, Task<bool>> holds, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        while (true)
        {
            var asked = Stopwatch.GetTimestamp();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(MostPerQuestion);
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

            if (waited > timeout)
            {
                return false;
            }

            await Task.Delay(Pause, cancellationToken);
            var elapsed = Stopwatch.GetElapsedTime(asked);
            waited += elapsed < MostPerQuestion + Pause ? elapsed : MostPerQuestion + Pause;
        }
    }
}
