using Microsoft.DurableTask;

namespace BuilderDrFunctions.Durability;

/// <summary>The one way in which an orchestrator runs another.</summary>
internal static class SubOrchestrations
{
    /// <summary>Runs an orchestrator under an instance id of its own, to its end. One that was terminated is a step that failed, like any other.</summary>
    /// <exception cref="TaskFailedException">It failed, or someone terminated it (DR1022).</exception>
    public static async Task<T> RunInstanceAsync<T>(this TaskOrchestrationContext context, TaskName orchestrator, object input, string instanceId)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<T>(orchestrator, input, new SubOrchestrationOptions { InstanceId = instanceId });
        }
        catch (Exception failure) when (failure is TaskFailedException { FailureDetails: null } or NullReferenceException)
        {
            // A terminated instance ends without failure details, and some versions of the worker's SDK read them unasked. Passed on as it is,
            // that would say nothing, or be caught by nobody who has things to put in order.
            throw new TaskFailedException(orchestrator, 0, OperationFaults.Terminated(instanceId));
        }
    }
}
