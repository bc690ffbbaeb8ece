using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Durability;

/// <summary>Holds a site for one operation: its instance id <c>dr-{site}</c> is the lock, and it lives exactly as long as the run it holds.</summary>
/// <remarks>A crash takes nothing away: instance and run are durable together, so the lock is never to be edited by hand.</remarks>
public static class SiteLockOrchestrator
{
    /// <summary>Runs the operation under its own instance id and passes its end on.</summary>
    [Function(nameof(SiteLockOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, SiteOperation operation)
    {
        context.SetCustomStatus(operation.OperationId);
        await context.RunInstanceAsync<JsonElement>(operation.Orchestrator, operation.Input, operation.OperationId);
    }
}
