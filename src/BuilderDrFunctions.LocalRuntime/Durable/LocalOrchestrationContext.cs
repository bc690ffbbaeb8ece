namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>What an orchestrator is given: turns its calls into decisions, and arrivals into finished tasks.</summary>
internal sealed class LocalOrchestrationContext(
    OrchestrationIdentity identity, string? input, string? customStatus, OrchestratorThread thread, DurableEngineOptions options, ILoggerFactory loggers)
    : TaskOrchestrationContext
{
    private const int CustomStatusLimit = 16 * 1024;
    private const int DecisionLimit = 100_000;

    private readonly Dictionary<int, (string Name, TaskCompletionSource<string?> Completion)> _open = [];
    private readonly ExternalEvents _events = new(options.Converter);
    private DateTime _now;
    private bool _replaying;
    private (string? Input, bool PreserveEvents)? _continuation;
    private int _nextTaskId;
    private int _guids;

    public override TaskName Name => identity.Name;

    public override string InstanceId => identity.InstanceId;

    public override ParentOrchestrationInstance? Parent => identity.ParentLink is { } link ? new ParentOrchestrationInstance(link.Name, link.InstanceId) : null;

    public override bool IsReplaying => _replaying;

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

    /// <summary>As the code last set it; until it does, as the run before left it.</summary>
    public string? CustomStatus { get; private set; } = customStatus;

    /// <summary>Set when the orchestrator is to start over once it returns.</summary>
    public NextRun? NextRun => _continuation is var (next, preserve) ? new NextRun(next, preserve ? _events.Buffered : []) : null;

    public bool HasOpenTasks => _open.Count > 0;

    /// <summary>False when nothing that history could ever bring would let the orchestrator go on.</summary>
    public bool CanContinue => HasOpenTasks || _events.AnyoneWaits;

    protected override ILoggerFactory LoggerFactory => loggers;

    public void BeginEpisode(DateTime at, bool replaying)
    {
        _now = at;
        _replaying = replaying;
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
                task.Completion.TrySetException(Failure.Parse(arrival.Data)!.ToException(task.Name, arrival.TaskId));
            }
            else
            {
                task.Completion.TrySetResult(arrival.Data);
            }
        }
    }

    public override T? GetInput<T>() where T : default => options.Converter.Deserialize<T>(input);

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
        return await RetryAsync(options?.Retry?.Policy, () => CallAsync<TResult>(HistoryKind.TaskScheduled, name, data, target: null));
    }

    public override async Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        thread.EnsureCurrent();
        RequireName(orchestratorName);
        var child = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        OrchestrationIdentity.RequireValidInstanceId(child);
        var data = Convert(input);
        return await RetryAsync(options?.Retry?.Policy, () => CallAsync<TResult>(HistoryKind.SubOrchestrationInstanceCreated, orchestratorName, data, child));
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
            throw new ArgumentException("The size of the JSON-serialized custom status must not exceed 16 KB of UTF-16 text.", nameof(customStatus));
        }

        CustomStatus = json;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        thread.EnsureCurrent();
        _continuation = (Convert(newInput), preserveUnprocessedEvents);
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

    /// <summary>Makes a call again as its retry policy says. Runs as orchestrator code: every pause is a durable timer.</summary>
    private async Task<T> RetryAsync<T>(RetryPolicy? policy, Func<Task<T>> call)
    {
        var firstAttempt = _now;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException failure) when (policy is not null && !failure.NonRetriable)
            {
                var isLast = attempt >= policy.MaxNumberOfAttempts;
                var isTooLate = policy.RetryTimeout != Timeout.InfiniteTimeSpan && _now - firstAttempt >= policy.RetryTimeout;
                if (!isLast && (!policy.Handle(failure) || isTooLate))
                {
                    throw;
                }

                // The cloud's runtime sets a timer after the last attempt too, due at once; histories stay alike.
                await CreateTimer(isLast ? TimeSpan.Zero : policy.PauseAfter(attempt), CancellationToken.None);
                if (isLast)
                {
                    throw;
                }
            }
        }
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
            throw new InvalidOperationException($"An orchestrator may make {DecisionLimit} calls in one step. HINT: split the work into sub-orchestrations.");
        }

        var decision = new HistoryEvent(kind, _nextTaskId++, _now, name, data, target, number);
        Decisions.Add(decision);
        return decision;
    }
}

/// <summary>GUIDs that come out the same at every replay, and the same as those of the cloud's runtime.</summary>
internal static class DeterministicGuid
{
    private static readonly byte[] Namespace = new Guid("9e952958-5e33-4daf-827f-2fa12937b875").ToByteArray(bigEndian: true);

    /// <summary>A version 5 UUID (RFC 9562) of instance id, step time and counter.</summary>
    public static Guid Create(string instanceId, DateTime currentUtc, int counter)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{instanceId}_{currentUtc:o}_{counter}");
#pragma warning disable CA5350 // version 5 is defined over SHA-1; nothing is protected by it
        var hash = SHA1.HashData([.. Namespace, .. Encoding.UTF8.GetBytes(name)]);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }
}
