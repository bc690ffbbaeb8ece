using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.DurableTask.Converters;

namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Runs orchestrations and activities; everything they did is in the state file.</summary>
/// <remarks>
/// One thread changes orchestrations. It takes the messages that have gathered (a client's wishes, answers, what episodes came to),
/// commits what they change with one write to disk, and lets their effects out after that: so a crash at any instant leaves what
/// had happened up to some moment, and nobody has seen more. The functions themselves run on other threads, so many at once.
/// </remarks>
internal sealed class DurableEngine : IAsyncDisposable
{
    /// <summary>The clock is looked at this often, so that one that was set forward is noticed.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan InterruptGrace = TimeSpan.FromSeconds(5);

    private readonly IDurableFunctions _functions;
    private readonly DurableEngineOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly InstanceWatch _watch = new();
    private readonly OrchestrationLedger _ledger;
    private readonly BlockingCollection<Action<OrchestrationLedger>> _inbox = [];
    private readonly Channel<EpisodeWork> _episodes = Channel.CreateUnbounded<EpisodeWork>();
    private readonly Channel<ActivityWork> _activities = Channel.CreateUnbounded<ActivityWork>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _interrupting = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Running? _running;

    public DurableEngine(IDurableFunctions functions, DurableEngineOptions options, ILoggerFactory loggers)
    {
        (_functions, _options, _loggers) = (functions, options, loggers);
        _logger = loggers.CreateLogger("BuilderDrFunctions.LocalRuntime.Durable");
        _ledger = new OrchestrationLedger(_episodes.Writer, _activities.Writer, _watch, options, _logger);
    }

    private sealed record Running(StateFile File, StateReader Reader, DurableTaskClient Client, ActivityRunner Activities, Thread Thread, Task Functions);

    /// <summary>Usable from start to stop.</summary>
    public DurableTaskClient Client => Started.Client;

    /// <summary>Cancelled by the stop; faults when the state file can no longer be written or the engine has failed: the process should end then.</summary>
    public Task Completion => _completion.Task;

    private Running Started => _running ?? throw new InvalidOperationException("The durable engine is not running. HINT: call StartAsync first.");

    /// <summary>Opens the state file and goes on where the last run ended.</summary>
    /// <exception cref="StateFileException">The state file is another process's, or of a newer format.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = StateFile.Open(_options.StateFile);
        var reader = new StateReader(file);
        var (live, unanswered) = _ledger.Recover(reader);
        DurableLog.EngineStarted(_logger, live, unanswered, _options.StateFile);
        var thread = new Thread(() => Run(file.OpenWriter())) { IsBackground = true, Name = "Durable engine" };
        var episodes = new EpisodeRunner(_functions, reader, _options, _loggers, Post, _logger);
        var activities = new ActivityRunner(_functions, _options, Post, _logger);
        thread.Start();
        var functions = Task.WhenAll(
            ServeAsync(_episodes, _options.MaxConcurrentOrchestrators, work => episodes.RunAsync(work, _stopping.Token)),
            ServeAsync(_activities, _options.MaxConcurrentActivities, work => activities.RunAsync(work, _interrupting.Token)));
        _running = new Running(file, reader, new LocalDurableTaskClient(this, reader, _watch, _options), activities, thread, functions);
        return Task.CompletedTask;
    }

    /// <summary>Stops taking up work; with drain, running activities may finish within the drain timeout first.</summary>
    /// <remarks>An activity that is interrupted runs again at the next start.</remarks>
    public async Task StopAsync(bool drain, CancellationToken cancellationToken)
    {
        if (_running is not { } running || _stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync();
        if (drain)
        {
            await Task.WhenAny(running.Functions, Task.Delay(_options.DrainTimeout, TimeProvider.System, cancellationToken));
        }

        var interrupted = running.Activities.Running;
        await _interrupting.CancelAsync();
        await Task.WhenAny(running.Functions, Task.Delay(InterruptGrace, TimeProvider.System, CancellationToken.None));
        Post(ledger => ledger.Closed = true);
        running.Thread.Join();
        running.File.Dispose();
        DurableLog.EngineStopped(_logger, interrupted);
    }

    /// <summary>Makes a change and ends once it is on disk.</summary>
    /// <exception cref="OrchestrationAlreadyExistsException">The change would start an orchestration under an id in use.</exception>
    public Task ChangeAsync(Action<OrchestrationLedger> change)
    {
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(ledger =>
        {
            try
            {
                change(ledger);
                ledger.Effects.Add(committed.SetResult);
            }
            catch (OrchestrationAlreadyExistsException exception)
            {
                committed.SetException(exception);
            }
        });
        return Task.WhenAny(committed.Task, Completion).Unwrap();
    }

    /// <summary>The instance's history, oldest first; null when there is no such instance.</summary>
    public Task<IReadOnlyList<HistoryRecord>?> GetHistoryAsync(string instanceId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reader = Started.Reader;
        return Task.FromResult(reader.Find(instanceId, withData: true) is { } row ? HistoryRecord.Describe(row, reader.History(row.Run)) : null);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(drain: false, CancellationToken.None);
        _stopping.Dispose();
        _interrupting.Dispose();
    }

    private void Post(Action<OrchestrationLedger> message) => _inbox.Add(message, CancellationToken.None);

    /// <summary>The engine's thread.</summary>
    private void Run(StateWriter writer)
    {
        try
        {
            using (writer)
            {
                while (!_ledger.Closed)
                {
                    TakeTurn(writer);
                }
            }

            _completion.TrySetCanceled(_stopping.Token);
        }
#pragma warning disable CA1031 // whatever it is, the engine is no longer whole; a thread's exception would end the process without a word in the log
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
        }
    }

    private void TakeTurn(StateWriter writer)
    {
        var stops = _stopping.IsCancellationRequested;
        if (!stops)
        {
            _ledger.FireTimers();
        }

        var wait = _ledger.HasPending ? TimeSpan.Zero : stops ? LongestWait : _ledger.UntilNextTimer(LongestWait);
        for (; _inbox.TryTake(out var message, (int)wait.TotalMilliseconds, CancellationToken.None); wait = TimeSpan.Zero)
        {
            message(_ledger);
        }

        _ledger.Evict();
        writer.Commit(_ledger.Changes, _logger, _interrupting.Token);
        _ledger.Changes.Clear();
        _ledger.Effects.ForEach(effect => effect());
        _ledger.Effects.Clear();
    }

    /// <summary>Runs functions, so many at once; ends at the stop, once those that run have ended.</summary>
    private async Task ServeAsync<T>(Channel<T> due, int atOnce, Func<T, ValueTask> run)
    {
        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = _stopping.Token };
            await Parallel.ForEachAsync(due.Reader.ReadAllAsync(_stopping.Token), parallel, (work, _) => run(work));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // the stop
        }
#pragma warning disable CA1031 // whatever it is, the engine is no longer whole
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        DurableLog.EngineFailed(_logger, exception);
        _completion.TrySetException(exception);
    }
}

/// <summary>What the durable engine is told by the host.</summary>
internal sealed record DurableEngineOptions
{
    /// <summary>The SQLite file that holds every orchestration; its folder must exist.</summary>
    public required string StateFile { get; init; }

    /// <summary>The task hub's name; <see cref="Microsoft.DurableTask.Client.DurableTaskClient.Name"/>.</summary>
    public string HubName { get; init; } = "TestHubName";

    public int MaxConcurrentActivities { get; init; } = 10 * Environment.ProcessorCount;

    public int MaxConcurrentOrchestrators { get; init; } = 5 * Environment.ProcessorCount;

    /// <summary>host.json functionTimeout; infinite when it is "-1".</summary>
    public TimeSpan ActivityTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Longer timers are split into several of at most this length.</summary>
    public TimeSpan MaximumTimerInterval { get; init; } = TimeSpan.FromDays(3);

    /// <summary>An orchestrator that nothing happened to for this long is forgotten and replayed when needed; zero: after each step.</summary>
    public TimeSpan KeepInMemory { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stop waits for running activities before it cancels them.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public DataConverter Converter { get; init; } = JsonDataConverter.Default;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
