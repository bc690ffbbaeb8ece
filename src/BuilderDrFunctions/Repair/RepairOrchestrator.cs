using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Repair;

/// <summary>Plans a repair, or carries out a plan that an operator saw: first what a set gives back, then what is uploaded anew.</summary>
public static class RepairOrchestrator
{
    private const int Window = 4;
    private const int UploadsPerStep = 20;

    /// <summary>Runs a repair to its end.</summary>
    [Function(nameof(RepairOrchestrator))]
    public static async Task<RepairReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, RepairOrder order)
    {
        var scope = new OperationScope(context);
        if (order.Plan is not { } plan)
        {
            var made = await scope.RunAsync("compare", () => context.CallActivityAsync<RepairPlan>(nameof(PlanRepair), order, Retries.Transient));
            return new RepairReceipt(order.Site, Planned: true, made, null, null, []);
        }

        var log = context.CreateReplaySafeLogger(nameof(RepairOrchestrator));
        var problems = new List<string>();
        var putBack = await scope.RunAsync("put back", () => TryAsync("put back", problems, done => BatchWindow.RunAsync(
            1, plan.Batches, Window,
            batch => context.CallActivityAsync<MendReceipt>(
                nameof(PutBackArtifacts), new PutBackOrder(order.OperationId, order.Site, plan.Folder, batch), Retries.Transient),
            done)));
        var steps = (plan.Uploads + UploadsPerStep - 1) / UploadsPerStep;
        // One at a time: what comes later may depend on what comes before.
        var uploaded = await scope.RunAsync("upload", () => TryAsync("uploaded", problems, done => BatchWindow.RunAsync(
            0, steps - 1, 1,
            step => context.CallActivityAsync<MendReceipt>(
                nameof(UploadArtifacts),
                new UploadOrder(order.OperationId, order.Site, plan.Folder, step * UploadsPerStep, Math.Min(plan.Uploads, (step + 1) * UploadsPerStep)), Retries.Transient),
            done)));
        problems.AddRange(putBack.First ?? []);
        problems.AddRange(uploaded.First ?? []);
        log.RepairDone(order.OperationId, order.Site, putBack.Done, uploaded.Done, putBack.Failed + uploaded.Failed);
        return new RepairReceipt(order.Site, Planned: false, plan, putBack, uploaded, problems);
    }

    /// <summary>Adds receipts up; a step that fails for good ends its part, is said, and leaves the other part its turn.</summary>
    private static async Task<MendReceipt> TryAsync(string what, List<string> problems, Func<Action<MendReceipt>, Task> run)
    {
        var sum = new MendReceipt();
        try
        {
            await run(receipt => sum = sum.Plus(receipt));
        }
        catch (TaskFailedException failure) when (FaultText.CodeOf(FaultText.Of(failure)) is not (null or OperationFaults.CanceledCode or OperationFaults.AbandonedCode))
        {
            problems.Add($"not everything was {what}: {FaultText.OneLine(FaultText.Of(failure))}");
        }

        return sum;
    }
}
