using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Drill;

/// <summary>Rehearses a restore of the newest set: databases into scratch, keys, a sample of artifacts, verdict. Everything is dropped afterwards.</summary>
public static class DrillOrchestrator
{
    /// <summary>Runs a drill to its end. What is wrong with the set is the verdict, not a failure.</summary>
    [Function(nameof(DrillOrchestrator))]
    public static async Task<DrillVerdict> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, DrillOrder order)
    {
        var log = context.CreateReplaySafeLogger(nameof(DrillOrchestrator));
        var scope = new OperationScope(context);
        var begunAt = new DateTimeOffset(context.CurrentUtcDateTime, TimeSpan.Zero);
        log.DrillStarted(order.OperationId, order.Site);
        var plan = await scope.RunAsync("choose", () => context.CallActivityAsync<DrillPlan>(nameof(BeginDrill), order, Retries.Transient));
        DrillRestoreReceipt[] databases;
        DrillKeysReceipt keys;
        DrillSampleReceipt sample;
        try
        {
            databases = await scope.RunTogetherAsync("restore database", () => plan.Databases.Select(database =>
                context.CallActivityAsync<DrillRestoreReceipt>(nameof(RestoreForDrill), new DrillRestoreOrder(order, plan.Label, database), Retries.Transient)));
            var proof = new DrillProofOrder(order, plan.Label, [.. databases.Select(database => database.Restored?.Database).OfType<string>()]);
            keys = await scope.RunAsync("key coverage", () => context.CallActivityAsync<DrillKeysReceipt>(nameof(CheckDrillKeys), proof, Retries.Transient));
            sample = await scope.RunAsync("artifacts", () => context.CallActivityAsync<DrillSampleReceipt>(nameof(SampleArtifacts), proof, Retries.Transient));
        }
        finally
        {
            await EndAsync(context, scope, new DrillProofOrder(order, plan.Label, [.. plan.Databases.Select(database => database.Scratch)]));
        }

        var databaseSeconds = databases.Sum(database => (database.Restored?.RestoreSeconds + database.Restored?.ProofSeconds) ?? 0);
        var artifactSeconds = sample.Bytes > 0 ? Math.Round(sample.Seconds * plan.ArtifactBytes / sample.Bytes, 3) : 0;
        IReadOnlyList<DrillFinding> findings = [.. databases.Select(database => database.Finding).OfType<DrillFinding>(), .. keys.Findings, .. sample.Findings];
        var verdict = new DrillVerdict(
            order.OperationId, order.Site, plan.Label, plan.RecoveryPoint, begunAt, new DateTimeOffset(context.CurrentUtcDateTime, TimeSpan.Zero),
            Passed: findings.Count == 0, databaseSeconds, artifactSeconds, databaseSeconds + artifactSeconds, RtoSeconds: null, RtoMet: true,
            databases.Sum(database => database.Restored?.Rows ?? 0), sample.Objects, sample.Bytes, keys.Keys, findings);
        return await scope.RunAsync("verdict", () => context.CallActivityAsync<DrillVerdict>(nameof(StoreDrill), verdict, Retries.Transient));
    }

    private static async Task EndAsync(TaskOrchestrationContext context, OperationScope scope, DrillProofOrder order)
    {
        try
        {
            await scope.RunAlwaysAsync("drop", () => context.CallActivityAsync<bool>(nameof(EndDrill), order, Retries.Transient));
        }
        catch (TaskFailedException exception)
        {
            // The next drill drops them; this one's verdict is worth more than a tidy server.
            context.CreateReplaySafeLogger(nameof(DrillOrchestrator)).EndFailed(order.Drill.OperationId, FaultText.Of(exception));
        }
    }
}
