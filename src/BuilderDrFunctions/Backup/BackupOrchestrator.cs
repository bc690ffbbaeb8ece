using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ServiceControl;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Backup;

/// <summary>Takes one backup set: preflight, warm mirror, stop the API, dump, delta mirror, start the API, commit the manifest.</summary>
/// <remarks>
/// The bulk of the artifacts is mirrored while the API still serves, so it is down for the dump and what was uploaded meanwhile.
/// The manifest comes last: without it the set does not exist. Whatever fails, the API is started again.
/// </remarks>
public static class BackupOrchestrator
{
    /// <summary>Runs a backup to its end.</summary>
    [Function(nameof(BackupOrchestrator))]
    public static async Task<BackupReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, BackupOrder order)
    {
        var log = context.CreateReplaySafeLogger(nameof(BackupOrchestrator));
        var scope = new OperationScope(context);
        var startedAt = new DateTimeOffset(context.CurrentUtcDateTime, TimeSpan.Zero);
        log.BackupStarted(order.Label, order.Site);

        var preflight = await scope.RunAsync("preflight", () => context.CallActivityAsync<PreflightReport>(nameof(Preflight), order, Retries.Brief));
        var warm = await scope.RunAsync("warm mirror", () => MirrorAsync(context, order, WarmPass(order, preflight)));

        StopReceipt? stop = null;
        FaultException? failure = null;
        DumpReceipt[] dumps = [];
        ConfigurationReceipt? configuration = null;
        MirrorOrder? pass = null;
        MirrorReceipt? fetched = null;
        try
        {
            if (preflight.StopsApi)
            {
                stop = await scope.RunAsync("stop API", () => context.CallActivityAsync<StopReceipt>(nameof(StopApi), new ApiOrder(order.OperationId, order.Site), Retries.Quiesced));
            }

            // Keys and configuration are read beside the dumps, so that they add nothing to the time the API is down.
            (dumps, configuration) = await scope.RunBothAsync("dump", () => DumpAsync(context, order, preflight), () => CaptureAsync(context, order, preflight));
            pass = new MirrorOrder(
                order.Site, order.OperationId, MirrorPass.Delta, warm.InventoryPath, SetPaths.Inventory(order.Site, order.BackupLabel),
                dumps.Select(dump => dump.ChecksumsPath).FirstOrDefault(path => path is not null))
            { FetchOnly = true };
            fetched = await scope.RunAsync("delta mirror", () => MirrorAsync(context, order, pass));
        }
        catch (Exception exception) when (exception is TaskFailedException or FaultException)
        {
            // Kept until the API is up again; the start below must not hide it.
            failure = BackupFaults.OfStep(exception);
        }

        var api = new ApiRecord(preflight.StopsApi, 0, preflight.ApiNote);
        if (preflight.StopsApi)
        {
            var start = await StartApiAsync(context, scope, order, failure);
            api = api with { DownSeconds = stop is null ? 0 : (start.UpAt - stop.RequestedAt).TotalSeconds };
        }

        if (failure is not null || pass is null || fetched?.Plan is not { } plan)
        {
            throw failure ?? throw new System.Diagnostics.UnreachableException();
        }

        // Settled out of what lies in the vault alone, so the API need not be down for it.
        var delta = await scope.RunAsync("inventory", () => MirrorAsync(
            context, order, pass with { FetchOnly = false, Plan = plan, BatchesDone = plan.Batches, Done = fetched.Transfer }, "settle"));

        var commit = new CommitOrder(order, startedAt, preflight, api, dumps, warm, delta, configuration);
        var receipt = await scope.RunAsync("commit", () => context.CallActivityAsync<BackupReceipt>(nameof(CommitSet), commit, Retries.Transient), counts: true);
        log.BackupCommitted(order.Label, order.Site, receipt.TotalBytes, receipt.ApiDownSeconds);
        return await AfterCommit.RunAsync(context, scope, order, preflight.Copies, receipt, log);
    }

    private static MirrorOrder WarmPass(BackupOrder order, PreflightReport preflight) =>
        new(order.Site, order.OperationId, MirrorPass.Warm, preflight.BaseInventory, MirrorPaths.WarmInventory(order.Site, order.OperationId), null)
        {
            Damaged = preflight.Damaged,
        };

    private static Task<DumpReceipt[]> DumpAsync(TaskOrchestrationContext context, BackupOrder order, PreflightReport preflight) =>
        Task.WhenAll(preflight.Databases.Select(database =>
            context.CallActivityAsync<DumpReceipt>(nameof(DumpDatabase), new DumpOrder(order.OperationId, order.Site, order.Label, database), Retries.Quiesced)));

    private static Task<ConfigurationReceipt?> CaptureAsync(TaskOrchestrationContext context, BackupOrder order, PreflightReport preflight) =>
        preflight.CapturesConfiguration
            ? context.CallActivityAsync<ConfigurationReceipt?>(nameof(CaptureConfiguration), order, Retries.Quiesced)
            : Task.FromResult<ConfigurationReceipt?>(null);

    private static Task<MirrorReceipt> MirrorAsync(TaskOrchestrationContext context, BackupOrder order, MirrorOrder pass, string? step = null) =>
        context.RunInstanceAsync<MirrorReceipt>(nameof(MirrorOrchestrator), pass, $"{order.OperationId}:{step ?? pass.Pass.ToString()}");

    private static async Task<StartReceipt> StartApiAsync(
        TaskOrchestrationContext context, OperationScope scope, BackupOrder order, FaultException? failure)
    {
        try
        {
            return await scope.RunAlwaysAsync("start API", () =>
                context.CallActivityAsync<StartReceipt>(nameof(StartApi), new ApiOrder(order.OperationId, order.Site), Retries.Persistent));
        }
        catch (TaskFailedException exception)
        {
            throw BackupFaults.ApiLeftDown(order.Site, FaultText.Of(exception), failure);
        }
    }
}
