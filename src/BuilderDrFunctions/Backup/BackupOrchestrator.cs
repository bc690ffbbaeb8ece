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

        var taken = await TakeAsync(context, scope, order, preflight, warm);
        var api = taken.Stop is { WasDown: true }
            ? new ApiRecord(false, 0, "the API was stopped by somebody else before the dump, and was left down")
            : new ApiRecord(preflight.StopsApi, 0, preflight.ApiNote);
        if (api.Quiesced)
        {
            var start = await StartApiAsync(context, scope, order, taken);
            api = api with { DownSeconds = taken.Stop is { } stop ? (start.UpAt - stop.RequestedAt).TotalSeconds : 0 };
        }

        if (taken is not { Failure: null, Pass: { } pass, Fetched: { Plan: { } plan } fetched })
        {
            throw taken.Failure ?? throw new System.Diagnostics.UnreachableException();
        }

        // Settled out of what lies in the vault alone, so the API need not be down for it.
        var delta = await scope.RunAsync("inventory", () => MirrorAsync(
            context, order, pass with { FetchOnly = false, Plan = plan, BatchesDone = plan.Batches, Done = fetched.Transfer }, "settle"));

        var commit = new CommitOrder(order, startedAt, preflight, api, taken.Dumps, warm, delta, taken.Configuration);
        var receipt = await scope.RunAsync("commit", () => context.CallActivityAsync<BackupReceipt>(nameof(CommitSet), commit, Retries.Transient), counts: true);
        log.BackupCommitted(order.Label, order.Site, receipt.TotalBytes, receipt.ApiDownSeconds);
        return await AfterCommit.RunAsync(context, scope, order, preflight.Copies, receipt, log);
    }

    /// <summary>What is done while the API is down.</summary>
    private static async Task<Taken> TakeAsync(
        TaskOrchestrationContext context, OperationScope scope, BackupOrder order, PreflightReport preflight, MirrorReceipt warm)
    {
        using var quiesced = new CancellationTokenSource();
        try
        {
            return await TakeAsync(context, scope, order, preflight, warm, quiesced.Token);
        }
        finally
        {
            // Whatever was thrown: with a timer still open the orchestration would not end before it, and until then nobody starts the API.
#pragma warning disable VSTHRD103, MA0042 // CancelAsync goes to the thread pool, which an orchestrator must not await
            quiesced.Cancel();
#pragma warning restore VSTHRD103, MA0042
        }
    }

    /// <summary>The same until its late start is called off. A failure is kept until the API is up again: it must not hide the start.</summary>
    private static async Task<Taken> TakeAsync(
        TaskOrchestrationContext context, OperationScope scope, BackupOrder order, PreflightReport preflight, MirrorReceipt warm, CancellationToken isOver)
    {
        var taken = new Taken();
        try
        {
            if (preflight.StopsApi)
            {
                var stop = await scope.RunAsync("stop API", () => context.CallActivityAsync<StopReceipt>(
                    nameof(StopApi), new ApiOrder(order.OperationId, order.Site) { MayStayDown = true }, Retries.Quiesced), counts: true);
                taken = taken with { Stop = stop, Late = stop.WasDown ? null : StartLateAsync(context, order, stop.MostDown, isOver) };
            }

            // Keys and configuration are read beside the dumps, so that they add nothing to the time the API is down.
            var (dumps, configuration) = await scope.RunTogetherQuiescedAsync("dump", () => BeginDumps(context, order, preflight), () => CaptureAsync(context, order, preflight));
            var pass = new MirrorOrder(
                order.Site, order.OperationId, MirrorPass.Delta, warm.InventoryPath, SetPaths.Inventory(order.Site, order.BackupLabel),
                dumps.Select(dump => dump.ChecksumsPath).FirstOrDefault(path => path is not null))
            { FetchOnly = true };
            taken = taken with { Dumps = dumps, Configuration = configuration, Pass = pass };
            return taken with { Fetched = await scope.RunQuiescedAsync("delta mirror", () => MirrorAsync(context, order, pass)) };
        }
        catch (Exception exception) when (exception is TaskFailedException or FaultException)
        {
            return taken with { Failure = BackupFaults.OfStep(exception) };
        }
    }

    private static MirrorOrder WarmPass(BackupOrder order, PreflightReport preflight) =>
        new(order.Site, order.OperationId, MirrorPass.Warm, preflight.BaseInventory, MirrorPaths.WarmInventory(order.Site, order.OperationId), null)
        {
            Damaged = preflight.Damaged,
        };

    private static IEnumerable<Task<DumpReceipt>> BeginDumps(TaskOrchestrationContext context, BackupOrder order, PreflightReport preflight) =>
        preflight.Databases.Select(database =>
            context.CallActivityAsync<DumpReceipt>(nameof(DumpDatabase), new DumpOrder(order.OperationId, order.Site, order.Label, database), Retries.Quiesced));

    private static Task<ConfigurationReceipt?> CaptureAsync(TaskOrchestrationContext context, BackupOrder order, PreflightReport preflight) =>
        preflight.CapturesConfiguration
            ? context.CallActivityAsync<ConfigurationReceipt?>(nameof(CaptureConfiguration), order, Retries.Quiesced)
            : Task.FromResult<ConfigurationReceipt?>(null);

    private static Task<MirrorReceipt> MirrorAsync(TaskOrchestrationContext context, BackupOrder order, MirrorOrder pass, string? step = null) =>
        context.RunInstanceAsync<MirrorReceipt>(nameof(MirrorOrchestrator), pass, $"{order.OperationId}:{step ?? pass.Pass.ToString()}");

    /// <summary>Starts the API beside a step that has kept it down for too long, and may keep it down for ever. Null where the step was over before.</summary>
    private static async Task<StartReceipt?> StartLateAsync(TaskOrchestrationContext context, BackupOrder order, TimeSpan mostDown, CancellationToken isOver)
    {
        try
        {
            await context.CreateTimer(mostDown, isOver);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        return await StartApiAsync(context, order);
    }

    /// <summary>What came of a late start; null where there was none, or it failed: the host may be back by now.</summary>
    private static async Task<StartReceipt?> EndedAsync(Task<StartReceipt?>? late)
    {
        try
        {
            return late is null ? null : await late;
        }
        catch (TaskFailedException)
        {
            return null;
        }
    }

    private static Task<StartReceipt> StartApiAsync(TaskOrchestrationContext context, BackupOrder order) =>
        context.CallActivityAsync<StartReceipt>(nameof(StartApi), new ApiOrder(order.OperationId, order.Site), Retries.Persistent);

    private static async Task<StartReceipt> StartApiAsync(
        TaskOrchestrationContext context, OperationScope scope, BackupOrder order, Taken taken)
    {
        try
        {
            return await scope.RunAlwaysAsync("start API", async () => await EndedAsync(taken.Late) ?? await StartApiAsync(context, order));
        }
        catch (TaskFailedException exception)
        {
            throw BackupFaults.ApiLeftDown(order.Site, FaultText.Of(exception), taken.Failure);
        }
    }

    /// <summary>How far the part came for which the API is down.</summary>
    private sealed record Taken
    {
        public StopReceipt? Stop { get; init; }

        /// <summary>The start of an API that was down for too long; null where it was not stopped.</summary>
        public Task<StartReceipt?>? Late { get; init; }

        public DumpReceipt[] Dumps { get; init; } = [];

        public ConfigurationReceipt? Configuration { get; init; }

        public MirrorOrder? Pass { get; init; }

        public MirrorReceipt? Fetched { get; init; }

        public FaultException? Failure { get; init; }
    }
}
