using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Brings the second vault up to the first: each set it lacks, oldest first, its artifacts, its files, its manifest last.</summary>
public static class SecondCopyOrchestrator
{
    /// <summary>Runs to the last set.</summary>
    [Function(nameof(SecondCopyOrchestrator))]
    public static async Task<SecondCopyReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, SecondCopyOrder order)
    {
        var sets = await context.CallActivityAsync<SetsToCopy>(nameof(FindUncopied), order, Retries.Transient);
        var done = new SecondCopyReceipt();
        foreach (var label in sets.Labels)
        {
            var set = new CopySetOrder(order, label);
            var plan = await context.CallActivityAsync<CopySetPlan>(nameof(PlanCopy), set, Retries.Transient);
            done = done.Plus(await context.CallSubOrchestratorAsync<SecondCopyReceipt>(
                nameof(CopyObjectsOrchestrator), new CopyObjectsOrder(order, plan), new SubOrchestrationOptions { InstanceId = $"{order.OperationId}:copy:{label}" }));
            done = done.Plus(await context.CallActivityAsync<SecondCopyReceipt>(nameof(CommitCopy), set, Retries.Transient));
        }

        return done;
    }
}
