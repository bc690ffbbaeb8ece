using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.Retention;

/// <summary>Removes an expiry's own scratch, and what runs that ended long ago left.</summary>
public sealed class SweepRuns(VaultRetentions retentions)
{
    /// <summary>Gives the bytes freed, its own scratch not counted; a plan removes its own alone.</summary>
    [Function(nameof(SweepRuns))]
    public async Task<long> RunAsync([ActivityTrigger] ExpireOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var sweep = retentions.Of(order).Sweep;
        await sweep.RemoveAsync(order.Folder, cancellationToken);
        return order.Plan
            ? 0
            : await sweep.RemoveEndedAsync(order.Site, async run => await client.GetInstanceAsync(run.ToString(), cancellationToken) is { IsCompleted: false }, cancellationToken);
    }
}
