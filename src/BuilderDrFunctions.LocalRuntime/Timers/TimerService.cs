namespace BuilderDrFunctions.LocalRuntime.Timers;

/// <summary>Keeps every enabled timer function on its schedule.</summary>
internal sealed class TimerService(
    FunctionCatalog catalog, FunctionInvoker invoker, TimerStatusFile statuses, IConfiguration configuration, HostSettings settings, TimeProvider time, ILoggerFactory loggers)
    : IDisposable
{
    private static readonly TimeSpan InterruptGrace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _interrupting = new();
    private readonly Dictionary<string, TimerRunner> _runners = new(StringComparer.OrdinalIgnoreCase);

    public void Start()
    {
        foreach (var function in catalog.All.Where(function => function.Trigger is TimerTriggerAttribute))
        {
            var text = ((TimerTriggerAttribute)function.Trigger).Schedule;
            if (!TimerSchedule.TryRead(text, configuration, settings.TimeZone, out var schedule, out var why))
            {
                throw new FunctionsStartupException([$"Function '{function.Name}': its schedule cannot be used: {why}"]);
            }

            var runner = new TimerRunner(function, schedule, invoker, statuses, time, loggers.CreateLogger($"Function.{function.Name}"));
            _runners.Add(function.Name, runner);
            if (!function.IsDisabled)
            {
                _ = GuardAsync(runner, kept => kept.RunAsync(_stopping.Token, _interrupting.Token));
            }
        }
    }

    /// <summary>Ends the schedules; runs under way may finish within the drain timeout and are cancelled then. One that ignores that is not waited for.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _interrupting.CancelAfter(settings.Engine.DrainTimeout);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var registration = _interrupting.Token.Register(() => limit.CancelAfter(InterruptGrace));
        await Task.WhenAll(_runners.Values.Select(runner => runner.CloseAsync(limit.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Begins one run outside of the schedule; disabled timers too. Nobody waits for it: a failure is logged.</summary>
    public void RunNow(string function) => _ = GuardAsync(_runners[function], runner => runner.RunNowAsync(_interrupting.Token));

    public void Dispose()
    {
        _stopping.Dispose();
        _interrupting.Dispose();
        foreach (var runner in _runners.Values)
        {
            runner.Dispose();
        }
    }

    private async Task GuardAsync(TimerRunner runner, Func<TimerRunner, Task> run)
    {
        await Task.Yield();
        try
        {
            await run(runner);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // the host stops
        }
#pragma warning disable CA1031 // nobody else would learn of it: a timer that is silent looks like one that is not due
        catch (Exception exception)
#pragma warning restore CA1031
        {
            loggers.CreateLogger($"Function.{runner.Name}").TimerStopped(exception, runner.Name);
        }
    }
}
