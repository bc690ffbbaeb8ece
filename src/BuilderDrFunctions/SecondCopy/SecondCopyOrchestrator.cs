using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Brings the second vault up to the first: each set it lacks, oldest first, its artifacts, its files, its manifest last. A damaged set is named and keeps no other back.</summary>
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
            try
            {
                done = done.Plus(await CopyAsync(context, new CopySetOrder(order, label)));
            }
            catch (TaskFailedException failure) when (SecondCopyFaults.IsAboutOneSet(FaultText.CodeOf(FaultText.Of(failure))))
            {
                done = done.Plus(new SecondCopyReceipt { Problems = [$"{label}: it {(order.Rereads ? "could not be read again" : "was not copied")}: {FaultText.OneLine(FaultText.Of(failure))}"] });
            }
        }

        return done;
    }

    private static async Task<SecondCopyReceipt> CopyAsync(TaskOrchestrationContext context, CopySetOrder set)
    {
        var order = set.Order;
        var plan = await context.CallActivityAsync<CopySetPlan>(nameof(PlanCopy), set, Retries.Transient);
        var objects = await context.RunInstanceAsync<SecondCopyReceipt>(
            nameof(CopyObjectsOrchestrator), new CopyObjectsOrder(order, plan), $"{order.OperationId}:copy:{set.Label}");
        var files = await context.CallActivityAsync<SecondCopyReceipt>(nameof(CommitCopy), set, Retries.Transient);
        return objects.Plus(files).Plus(new SecondCopyReceipt { Problems = plan.Damaged });
    }
}
