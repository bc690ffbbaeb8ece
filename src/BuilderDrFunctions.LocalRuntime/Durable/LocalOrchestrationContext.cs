namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>What an orchestrator is given: turns its calls into decisions, and arrivals into finished tasks.</summary>
internal sealed class LocalOrchestrationContext(
    OrchestrationIdentity identity, string? input, string? customStatus, OrchestratorThread thread, DurableEngineOptions options,
    ILoggerFactory loggers)
    : TaskOrchestrationContext
{
    private const int CustomStatusLimit = 16 * 1024;
    private const int DecisionLimit = 100_000;

    private readonly Dictionary<int, (string Name, TaskCompletionSource<string?> Completion)> _open = [];
    private readonly ExternalEvents _events = new(options.Converter);
    private DateTime _now;
    private int _nextTaskId;
    private int _guids;

    public override TaskName Name => identity.Name;

    public override string InstanceId => identity.InstanceId;

    public override ParentOrchestrationInstance? Parent => identity.Parent;

    public override bool IsReplaying => Replaying;

    public override DateTime CurrentUtcDateTime
    {
        get
        {
            thread.EnsureCurrent();
            return _now;
        }
    }

    /// <summary>What the current episode decided, in order.</summary>
    public List<HistoryEvent> Decisions { get; private set; } = [];

    public bool Replaying { get; private set; }

    /// <summary>As the code last set it; until it does, as the run before left it.</summary>
    public string? CustomStatus { get; private set; } = customStatus;

    public (string? Input, bool PreserveEvents)? NextRun { get; private set; }

    public bool HasOpenTasks => _open.Count > 0;

    /// <summary>False when nothing that history could ever bring would let the orchestrator go on.</summary>
    public bool CanContinue => HasOpenTasks || _events.AnyoneWaits;

    public IReadOnlyList<HistoryEvent> BufferedEvents => _events.Buffered;

    protected override ILoggerFactory LoggerFactory => loggers;

    public void BeginEpisode(DateTime at, bool replaying)
    {
        _now = at;
        Replaying = replaying;
        Decisions = [];
    }

    public void Deliver(HistoryEvent arrival)
    {
        if (arrival.Kind == HistoryKind.EventRaised)
        {
            _events.Raise(arrival);
        }
        else if (arrival.AnswersTask && _open.Remove(arrival.TaskId, out var task))
        {
            if (arrival.Kind is HistoryKind.TaskFailed or HistoryKind.SubOrchestrationInstanceFailed)
            {
                var failure = Failure.Parse(arrival.Data)!;
                task.Completion.TrySetException(
                    new TaskFailedException(task.Name, arrival.TaskId, failure.ToDetails()) { NonRetriable = failure.NonRetriable });
            }
            else
            {
                task.Completion.TrySetResult(arrival.Data);
            }
        }
    }

    public override T? GetInput<T>()
        where T : default => options.Converter.Deserialize<T>(input);

    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        thread.EnsureCurrent();
        RequireName(name);
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException(
                $"'{name}' was given a {nameof(TaskOptions)} as its input and no options. HINT: pass the options as {nameof(options)}.",
                nameof(input));
        }

        var data = Convert(input);
        return await RetryLoop.RunAsync(this, options?.Retry?.Policy, () => CallAsync<TResult>(HistoryKind.TaskScheduled, name, data, target: null));
    }

    public override async Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        thread.EnsureCurrent();
        RequireName(orchestratorName);
        var child = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        OrchestrationIdentity.RequireValidInstanceId(child);
        var data = Convert(input);
        return await RetryLoop.RunAsync(
            this, options?.Retry?.Policy, () => CallAsync<TResult>(HistoryKind.SubOrchestrationInstanceCreated, orchestratorName, data, child));
    }

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        thread.EnsureCurrent();
        var due = fireAt.ToUniversalTime();
        while (due - _now > options.MaximumTimerInterval && !cancellationToken.IsCancellationRequested)
        {
            await OneTimer(_now + options.MaximumTimerInterval, cancellationToken);
        }

        await OneTimer(due, cancellationToken);
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        thread.EnsureCurrent();
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return _events.WaitFor<T>(eventName, thread, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        thread.EnsureCurrent();
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        Decide(HistoryKind.EventSent, eventName, Convert(payload), instanceId);
    }

    public override void SetCustomStatus(object? customStatus)
    {
        thread.EnsureCurrent();
        var json = Convert(customStatus);
        if (json?.Length * sizeof(char) > CustomStatusLimit)
        {
            throw new ArgumentException(
                "The size of the JSON-serialized custom status must not exceed 16 KB of UTF-16 text.", nameof(customStatus));
        }

        CustomStatus = json;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        thread.EnsureCurrent();
        NextRun = (Convert(newInput), preserveUnprocessedEvents);
    }

    public override Guid NewGuid() => DeterministicGuid.Create(InstanceId, CurrentUtcDateTime, _guids++);

    private static void RequireName(TaskName name)
    {
        if (string.IsNullOrEmpty(name.Name))
        {
            throw new ArgumentException("A function is called by its name, which must not be empty.", nameof(name));
        }
    }

    private string? Convert(object? value) => options.Converter.Serialize(value);

    private async Task<T> CallAsync<T>(HistoryKind kind, TaskName name, string? data, string? target)
    {
        thread.EnsureCurrent();
        var completion = Open(Decide(kind, name.Name, data, target));
        return options.Converter.Deserialize<T>(await completion.Task)!;
    }

    private async Task OneTimer(DateTime due, CancellationToken cancellationToken)
    {
        var timer = Decide(HistoryKind.TimerCreated, name: null, data: null, target: null, due.Ticks);
        var completion = Open(timer);
        await using var registration = cancellationToken.Register(() =>
        {
            thread.EnsureCurrent();
            if (_open.Remove(timer.TaskId))
            {
                completion.TrySetCanceled(cancellationToken);
            }
        });
        await completion.Task;
    }

    private TaskCompletionSource<string?> Open(HistoryEvent call)
    {
#pragma warning disable VSTHRD200, MA0173 // continuations must run at once, on the orchestrator's thread
        var completion = new TaskCompletionSource<string?>();
#pragma warning restore VSTHRD200, MA0173
        _open.Add(call.TaskId, (call.Name ?? "timer", completion));
        return completion;
    }

    private HistoryEvent Decide(HistoryKind kind, string? name, string? data, string? target, long number = 0)
    {
        if (Decisions.Count >= DecisionLimit)
        {
            throw new InvalidOperationException(
                $"An orchestrator may make {DecisionLimit} calls in one step. HINT: split the work into sub-orchestrations.");
        }

        var decision = new HistoryEvent(kind, _nextTaskId++, _now, name, data, target, number);
        Decisions.Add(decision);
        return decision;
    }
}
