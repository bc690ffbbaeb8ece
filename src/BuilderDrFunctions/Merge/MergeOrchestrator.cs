using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Merge;

/// <summary>Merges what a Builder from before August 2018 has apart: check everything, back up, merge and prove, keep the report.</summary>
/// <remarks>
/// A merge of shards is one transaction, one of databases is renamed last: wherever it fails or is killed, the databases are as they were, or merged.
/// </remarks>
public static class MergeOrchestrator
{
    /// <summary>Runs a merge to its end.</summary>
    [Function(nameof(MergeOrchestrator))]
    public static async Task<MergeReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, MergeOrder order)
    {
        try
        {
            return await RunStepsAsync(context, order);
        }
        catch (TaskFailedException exception)
        {
            throw MergeFaults.OfStep(exception);
        }
    }

    private static async Task<MergeReceipt> RunStepsAsync(TaskOrchestrationContext context, MergeOrder order)
    {
        var log = context.CreateReplaySafeLogger(nameof(MergeOrchestrator));
        var scope = new OperationScope(context);
        log.MergeStarted(order.OperationId, order.Site, order.Kind, order.Database, order.Mode);
        var check = await scope.RunAsync("check", () => context.CallActivityAsync<MergeCheck>(nameof(CheckMerge), order, Retries.Brief));
        if (check.Plan.IsMerged)
        {
            return new MergeReceipt(MergeOutcome.AlreadyMerged, order.Kind, order.Site, order.Database, check.Plan, check.Earlier?.Backup, check.Earlier);
        }

        if (order.Mode == MergeMode.Plan)
        {
            return new MergeReceipt(MergeOutcome.Planned, order.Kind, order.Site, order.Database, check.Plan, null, null);
        }

        if (check.Plan.Problems.Count > 0)
        {
            throw MergeFaults.CheckFailed(order.Subject, check.Plan.Problems);
        }

        var backup = await BackUpAsync(context, scope, order);
        var summary = await MergeAsync(context, scope, new MergeStepOrder(order, backup));
        log.MergeDone(order.OperationId, order.Site, order.Database, summary.Rows, summary.Tables, backup);
        return new MergeReceipt(MergeOutcome.Merged, order.Kind, order.Site, order.Database, check.Plan, backup, summary);
    }

    /// <summary>A committed set that holds the databases exactly as they are: a young one, or a new one.</summary>
    private static async Task<string> BackUpAsync(TaskOrchestrationContext context, OperationScope scope, MergeOrder order)
    {
        var young = await scope.RunAsync("look for a backup", () => FindAsync(context, order, null));
        if (young is not null)
        {
            return young;
        }

        var taken = await scope.RunAsync("backup", () => TakeAsync(context, scope, order));
        return await scope.RunAsync("compare with the backup", () => FindAsync(context, order, taken.Label)) ?? throw new System.Diagnostics.UnreachableException();
    }

    private static Task<string?> FindAsync(TaskOrchestrationContext context, MergeOrder order, string? label) =>
        context.CallActivityAsync<string?>(nameof(FindMergeBackup), new MergeBackupOrder(order, label), Retries.Transient);

    private static async Task<BackupReceipt> TakeAsync(TaskOrchestrationContext context, OperationScope scope, MergeOrder order)
    {
        var backup = context.RunInstanceAsync<BackupReceipt>(
            nameof(BackupOrchestrator), new BackupOrder(order.BackupId, order.Site, order.BackupLabel, QuiesceMode.None), order.BackupId);
        if (await Task.WhenAny(backup, scope.Canceled) != backup)
        {
            // It puts its own things in order, and then fails as canceled.
            context.SendEvent(order.BackupId, OperationScope.CancelEvent, await scope.Canceled);
        }

        return await backup;
    }

    private static async Task<MergeSummary> MergeAsync(TaskOrchestrationContext context, OperationScope scope, MergeStepOrder step)
    {
        try
        {
            if (step.Merge.Kind == MergeKind.Shards)
            {
                await scope.RunAsync("merge shards", () => context.CallActivityAsync<MergeSummary>(nameof(MergeShards), step, Retries.Transient), counts: true);
            }
            else
            {
                await scope.RunAsync("merge databases", () => context.CallActivityAsync<MergeSummary>(nameof(CopyDatabases), step, Retries.Transient));
                await scope.RunAlwaysAsync("rename", () => context.CallActivityAsync<bool>(nameof(PublishDatabase), step.Merge, Retries.Transient));
            }
        }
        catch (Exception exception) when (exception is TaskFailedException or FaultException)
        {
            await CleanUpAsync(context, scope, step.Merge);
            throw;
        }

        try
        {
            return await scope.RunAlwaysAsync("report", () => context.CallActivityAsync<MergeSummary>(nameof(StoreMergeReport), step.Merge, Retries.Persistent));
        }
        catch (TaskFailedException exception)
        {
            // A merge that counts must not look like one that changed nothing.
            throw MergeFaults.ReportNotKept(step.Merge, FaultText.Of(exception));
        }
    }

    private static async Task CleanUpAsync(TaskOrchestrationContext context, OperationScope scope, MergeOrder order)
    {
        try
        {
            await scope.RunAlwaysAsync("clean up", () => context.CallActivityAsync<bool>(nameof(CleanUpMerge), order, Retries.Transient));
        }
        catch (TaskFailedException exception)
        {
            // The first failure is the one to tell; the next merge drops what is left by its name.
            context.CreateReplaySafeLogger(nameof(MergeOrchestrator)).CleanUpFailed(order.OperationId, FaultText.Of(exception));
        }
    }
}
