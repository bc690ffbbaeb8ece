namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Makes the changes to live orchestrations, in memory and in a unit for the disk at once; the registry holds the lock.</summary>
internal sealed class OrchestrationLedger(TimerQueue timers, InstanceWatch watch, TimeProvider time, ILogger logger)
{
    private readonly Dictionary<string, OrchestrationInstance> _live = new(StringComparer.Ordinal);
    private long _lastRun;

    /// <summary>An orchestration has something to do.</summary>
    public required Action<OrchestrationInstance> OnReady { get; init; }

    /// <summary>An activity's call is on disk.</summary>
    public required Action<ActivityWork> OnActivity { get; init; }

    /// <summary>Cancels an instance's running activities, once its end is on disk.</summary>
    public required Action<OrchestrationInstance> OnEnded { get; init; }

    public IEnumerable<OrchestrationInstance> Live => _live.Values;

    public DateTime Now => time.GetUtcNow().UtcDateTime;

    public bool TryGet(string instanceId, [NotNullWhen(true)] out OrchestrationInstance? instance) =>
        _live.TryGetValue(instanceId, out instance);

    public void Adopt(OrchestrationInstance instance)
    {
        _lastRun = Math.Max(_lastRun, instance.Run);
        _live.Add(instance.Id, instance);
        Schedule(instance);
    }

    /// <summary>Run numbers are not used twice while anything could still refer to them.</summary>
    public void SkipRunsTo(long run) => _lastRun = Math.Max(_lastRun, run);

    /// <summary>Adds an orchestration under an id that no live one has.</summary>
    public void Begin(Unit unit, OrchestrationIdentity identity, string? input)
    {
        var instance = new OrchestrationInstance(identity, ++_lastRun) { Fresh = new FreshInput(input) };
        var (run, now) = (instance.Run, Now);
        _live.Add(instance.Id, instance);
        unit.Changes.Add(writer => writer.Replace(run, identity, input, now));
        Arrive(unit, instance, Event(HistoryKind.ExecutionStarted, identity.Name, data: null));
    }

    public HistoryEvent Event(HistoryKind kind, string? name, string? data) => new(kind, -1, Now, name, data);

    /// <summary>Puts something into the history for the orchestrator to be told.</summary>
    public void Arrive(Unit unit, OrchestrationInstance instance, HistoryEvent arrival)
    {
        instance.Arrivals.Add(Record(unit, instance, arrival));
        Schedule(instance);
    }

    public static HistoryEvent Record(Unit unit, OrchestrationInstance instance, HistoryEvent added)
    {
        var (run, numbered) = (instance.Run, added with { Sequence = instance.NextSequence++ });
        unit.Changes.Add(writer => writer.Append(run, numbered));
        return numbered;
    }

    /// <summary>Sets going what an orchestrator decided.</summary>
    public void Carry(Unit unit, OrchestrationInstance instance, HistoryEvent decision)
    {
        switch (decision.Kind)
        {
            case HistoryKind.TaskScheduled:
                var work = new ActivityWork(instance, instance.Run, decision, Attempt: 1);
                unit.OnceCommitted(() => OnActivity(work));
                break;
            case HistoryKind.TimerCreated:
                timers.Add(new TimerEntry(instance, instance.Run, decision.TaskId, new DateTime(decision.Number, DateTimeKind.Utc)));
                break;
            case HistoryKind.EventSent when _live.TryGetValue(decision.Target!, out var target):
                Arrive(unit, target, Event(HistoryKind.EventRaised, decision.Name, decision.Data));
                break;
            case HistoryKind.SubOrchestrationInstanceCreated:
                BeginChild(unit, instance, decision);
                break;
        }
    }

    public void SaveStatus(Unit unit, OrchestrationInstance instance)
    {
        var (run, status, customStatus, now) = (instance.Run, instance.Status, instance.CustomStatus, Now);
        unit.Changes.Add(writer => writer.SetStatus(run, status, customStatus, now));
    }

    /// <summary>Goes on with an empty history; events nobody has waited for come along.</summary>
    public void StartOver(Unit unit, OrchestrationInstance instance, EpisodeEnd.ContinuedAsNew next)
    {
        var carried = next.Preserved.Concat(instance.Arrivals.Where(arrival => arrival.Kind == HistoryKind.EventRaised)).ToList();
        var (run, nextRun, status, customStatus, now) = (instance.Run, ++_lastRun, instance.Status, instance.CustomStatus, Now);
        unit.Changes.Add(writer => writer.StartOver(run, nextRun, status, customStatus, now, next.Input));
        instance.Run = nextRun;
        instance.NextSequence = 0;
        instance.LastRead = -1;
        instance.Arrivals.Clear();
        instance.Executor = null;
        instance.Fresh = new FreshInput(next.Input);
        Arrive(unit, instance, Event(HistoryKind.ExecutionStarted, instance.Identity.Name, data: null));
        carried.ForEach(raised => Arrive(unit, instance, raised));
    }

    public void Complete(Unit unit, OrchestrationInstance instance, string? output)
    {
        End(unit, instance, OrchestrationRuntimeStatus.Completed, output, failure: null);
        NotifyParent(unit, instance, HistoryKind.SubOrchestrationInstanceCompleted, output);
    }

    public void Fail(Unit unit, OrchestrationInstance instance, Failure failure)
    {
        DurableLog.OrchestrationFailed(logger, instance.Id, instance.Identity.Name, failure.ErrorType, failure.ErrorMessage);
        End(unit, instance, OrchestrationRuntimeStatus.Failed, output: null, failure.ToJson());
        NotifyParent(unit, instance, HistoryKind.SubOrchestrationInstanceFailed, failure.ToJson());
    }

    public void Terminate(Unit unit, OrchestrationInstance instance, string? output, bool recursive)
    {
        Record(unit, instance, Event(HistoryKind.ExecutionTerminated, name: null, output));
        End(unit, instance, OrchestrationRuntimeStatus.Terminated, output, failure: null);
        NotifyParent(unit, instance, HistoryKind.SubOrchestrationInstanceFailed, Failure.Terminated(instance.Id, output).ToJson());
        foreach (var child in recursive ? _live.Values.Where(child => child.Identity.ParentLink?.InstanceId == instance.Id).ToList() : [])
        {
            Terminate(unit, child, output, recursive);
        }
    }

    /// <summary>True while somebody waits for answers to this run's calls.</summary>
    public static bool IsCurrent(OrchestrationInstance instance, long run) => !instance.Ended && instance.Run == run;

    public static bool HasWork(OrchestrationInstance instance) =>
        !instance.Ended && !instance.Suspended && (instance.Arrivals.Count > 0 || instance.AwaitedIllegally);

    public void Schedule(OrchestrationInstance instance)
    {
        if (!instance.Scheduled && HasWork(instance))
        {
            instance.Scheduled = true;
            OnReady(instance);
        }
    }

    private void BeginChild(Unit unit, OrchestrationInstance instance, HistoryEvent call)
    {
        if (_live.TryGetValue(call.Target!, out var other))
        {
            var taken = Failure.Of(new OrchestrationAlreadyExistsException(
                $"Sub-orchestration '{call.Name}' cannot start: an orchestration with id '{call.Target}' already exists. It is {other.Status}."));
            Arrive(unit, instance, new HistoryEvent(
                HistoryKind.SubOrchestrationInstanceFailed, call.TaskId, Now, call.Name, taken.ToJson(), call.Target));
            return;
        }

        var link = new ParentLink(instance.Id, instance.Identity.Name, instance.Run, call.TaskId);
        Begin(unit, new OrchestrationIdentity(call.Target!, call.Name!, link), call.Data);
    }

    private void End(Unit unit, OrchestrationInstance instance, OrchestrationRuntimeStatus status, string? output, string? failure)
    {
        Record(unit, instance, Event(HistoryKind.ExecutionCompleted, name: null, output ?? failure) with { Number = (int)status });
        var (run, customStatus, now) = (instance.Run, instance.CustomStatus, Now);
        unit.Changes.Add(writer => writer.Finish(run, status, customStatus, now, output, failure));
        _live.Remove(instance.Id);
        instance.Ended = true;
        instance.Executor = null;
        instance.Arrivals.Clear();
        unit.OnceCommitted(() =>
        {
            DurableLog.OrchestrationEnded(logger, instance.Id, instance.Identity.Name, status.ToString());
            OnEnded(instance);
            watch.Pulse(instance.Id);
        });
    }

    private void NotifyParent(Unit unit, OrchestrationInstance child, HistoryKind kind, string? data)
    {
        if (child.Identity.ParentLink is { } link && _live.TryGetValue(link.InstanceId, out var parent) && parent.Run == link.Run)
        {
            Arrive(unit, parent, new HistoryEvent(kind, link.TaskId, Now, child.Identity.Name, data, child.Id));
        }
    }
}
