using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Forgets operations that began long ago and have ended: neither the durable store nor what is listed of it grows for ever. What they did stays in the audit trail.</summary>
public sealed class PurgeOperations(IOptions<MonitoringOptions> options, TimeProvider time, ILogger<PurgeOperations> logger)
{
    private static readonly OrchestrationRuntimeStatus[] Ended =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    /// <summary>Once a day. What could not be purged goes the next day.</summary>
    [Function(nameof(PurgeOperations))]
    public async Task RunAsync([TimerTrigger("0 17 11 * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        // The Azure Storage provider takes no filter without a beginning.
        var filter = new PurgeInstancesFilter(DateTimeOffset.UnixEpoch, time.GetUtcNow() - options.Value.KeepOperations, Ended);
        if ((await client.PurgeAllInstancesAsync(filter, cancellationToken)).PurgedInstanceCount is > 0 and var purged)
        {
            logger.OperationsPurged(purged, options.Value.KeepOperations.TotalDays);
        }
    }
}
