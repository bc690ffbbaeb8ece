namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Runs orchestrations and activities; everything they did is in the state file.</summary>
internal sealed class DurableEngine(IDurableFunctions functions, DurableEngineOptions options, ILoggerFactory loggers) : IAsyncDisposable
{
    private static readonly TimeSpan EvictionPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan InterruptGrace = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = loggers.CreateLogger("BuilderDrFunctions.LocalRuntime.Durable");
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _interrupting = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Parts? _parts;
    private Task _loops = Task.CompletedTask;

    private sealed record Parts(
        StateFile File, CommitQueue Commits, OrchestrationRegistry Registry, ActivityDispatcher Activities, LocalDurableTaskClient Client);

    /// <summary>Usable from start to stop.</summary>
    public DurableTaskClient Client => Started.Client;

    /// <summary>Faults when the state file can no longer be written, or a part of the engine has failed: the process should end then.</summary>
    public Task Completion => Task.WhenAny(Started.Commits.Completion, _failed.Task).Unwrap();

    private Parts Started => _parts ?? throw new InvalidOperationException("The durable engine is not running. HINT: call StartAsync first.");

    /// <summary>Opens the state file and goes on where the last run ended.</summary>
    /// <exception cref="StateFileException">The state file is another process's, or of a newer format.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = StateFile.Open(options.StateFile);
        var reader = new StateReader(file);
        var commits = new CommitQueue(file.OpenWriter(), _logger);
        var watch = new InstanceWatch();
        var timers = new TimerQueue(options.Time);
        var activities = new ActivityDispatcher(functions, options, _logger);
        var orchestrations = new OrchestrationDispatcher(functions, reader, commits, options, loggers, _logger);
        OrchestrationRegistry? registry = null;
        var ledger = new OrchestrationLedger(timers, watch, options.Time, _logger)
        {
            OnReady = orchestrations.Enqueue,
            OnActivity = activities.Enqueue,
            OnEnded = instance => registry!.CancelActivities(instance),
        };
        registry = new OrchestrationRegistry(commits, ledger, watch, options, _logger);
        var client = new LocalDurableTaskClient(registry, ledger, reader, commits, watch, options);
        _parts = new Parts(file, commits, registry, activities, client);

        var left = new Recovery(reader).Read();
        registry.Adopt(left.Instances, left.HighestRun);
        left.Timers.ForEach(timers.Add);
        left.Activities.ForEach(activities.Enqueue);
        DurableLog.EngineStarted(_logger, left.Instances.Count, left.Activities.Count, options.StateFile);
        _loops = Task.WhenAll(
        [
            .. Enumerable.Range(0, options.MaxConcurrentOrchestrators).Select(_ =>
                GuardAsync(() => orchestrations.RunAsync(registry, _stopping.Token))),
            .. Enumerable.Range(0, options.MaxConcurrentActivities).Select(_ =>
                GuardAsync(() => activities.RunAsync(registry, _stopping.Token, _interrupting.Token))),
            GuardAsync(() => timers.RunAsync(registry.FireTimer, _stopping.Token)),
            GuardAsync(() => EvictAsync(registry)),
        ]);
        return Task.CompletedTask;
    }

    /// <summary>Stops taking up work; with drain, running activities may finish within the drain timeout first.</summary>
    /// <remarks>An activity that is interrupted runs again at the next start.</remarks>
    public async Task StopAsync(bool drain, CancellationToken cancellationToken)
    {
        if (_parts is not { } running || _stopping.IsCancellationRequested)
        {
            return;
        }

        running.Registry.BeginStop();
        await _stopping.CancelAsync();
        if (drain)
        {
            await EndedWithinAsync(options.DrainTimeout, cancellationToken);
        }

        var interrupted = running.Activities.Running;
        await _interrupting.CancelAsync();
        running.Registry.CancelAllActivities();
        await EndedWithinAsync(InterruptGrace, CancellationToken.None);
        running.Commits.Dispose();
        running.File.Dispose();
        DurableLog.EngineStopped(_logger, interrupted);
    }

    /// <summary>The instance's history, oldest first; null when there is no such instance.</summary>
    public Task<IReadOnlyList<HistoryRecord>?> GetHistoryAsync(string instanceId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Started.Client.History(instanceId));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(drain: false, CancellationToken.None);
        _stopping.Dispose();
        _interrupting.Dispose();
    }

    /// <summary>Runs one of the engine's loops; the end of one that should go on is the engine's, and is told.</summary>
    private async Task GuardAsync(Func<Task> loop)
    {
        try
        {
            await Task.Run(loop, CancellationToken.None);
        }
#pragma warning disable CA1031 // whatever it is, the engine is no longer whole
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            DurableLog.PartFailed(_logger, exception);
            _failed.TrySetException(exception);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            DurableLog.PartStopped(_logger, exception.Message);
        }
    }

    private async Task EvictAsync(OrchestrationRegistry registry)
    {
        using var timer = new PeriodicTimer(EvictionPause);
        while (await timer.WaitForNextTickAsync(_stopping.Token))
        {
            registry.Evict(options.KeepInMemory, options.MaxInMemory);
        }
    }

    /// <summary>Waits for the loops, whose end is their cancellation.</summary>
    private async Task EndedWithinAsync(TimeSpan limit, CancellationToken cancellationToken) =>
        await Task.WhenAny(_loops, Task.Delay(limit, TimeProvider.System, cancellationToken));
}
