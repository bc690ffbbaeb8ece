using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Notices by the clock what changes without any run: an objective missed, an API that went down, a schedule that died.</summary>
public sealed class StateWatcher(StateWatch states)
{
    /// <summary>Looks every five minutes; the end of a run is looked at as soon as it is seen.</summary>
    [Function(nameof(StateWatcher))]
    public Task RunAsync([TimerTrigger("20 */5 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        states.LookAsync(client, cancellationToken);
}
