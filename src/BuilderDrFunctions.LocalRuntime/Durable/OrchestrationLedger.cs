using System.Threading.Channels;

namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Every live orchestration, and what may happen to one; used by the engine's thread only.</summary>
/// <remarks>
/// What is done here changes memory at once, adds the same change to those for the disk, and puts everything that others would notice
/// into the effects: the engine writes the changes, in order and in one transaction, and only then lets the effects happen.
/// </remarks>
internal sealed class OrchestrationLedger(
    ChannelWriter<EpisodeWork> episodes, ChannelWriter<ActivityWork> activities, InstanceWatch watch, DurableEngineOptions options, ILogger logger)
{
    /// <summary>How many orchestrators are kept mid-flight between steps.</summary>
    private const int MostInMemory = 1000;

    private readonly Dictionary<string, OrchestrationInstance> _live = new(StringComparer.Ordinal);
    private readonly PriorityQueue<TimerEntry, DateTime> _timers = new();
    private long _lastRun;
    private DateTime _nextEviction;

    public List<Action<StateWriter>> Changes { get; } = [];

    public List<Action> Effects { get; } = [];

    public bool HasPending => Changes.Count > 0 || Effects.Count > 0;

    /// <summary>Set by the last message.</summary>
    public bool Closed { get; set; }

    private DateTime Now => options.Time.GetUtcNow().UtcDateTime;

    /// <summary>Goes on with what an earlier process left; returns how many instances and activities that is.</summary>
    public (int Live, int Activities) Recover(StateReader reader)
    {
        // run numbers are not used twice while anything could still refer to them
        _lastRun = reader.HighestRun();
        var live = reader.List(new InstanceFilter(Statuses: InstanceFilter.Live), withData: false);
        var unanswered = 0;
        foreach (var row in live.OrderBy(row => row.Run))
        {
            var (instance, calls) = OrchestrationInstance.Recover(row, reader.History(row.Run));
            _live.Add(instance.Id, instance);
            Schedule(instance);
            foreach (var call in calls.Where(call => call.Kind != HistoryKind.SubOrchestrationInstanceCreated))
            {
                unanswered += call.Kind == HistoryKind.TaskScheduled ? 1 : 0;
                Carry(instance, call, attempt: 2);
            }
        }

        return (live.Count, unanswered);
    }

    /// <summary>Starts an orchestration.</summary>
    /// <exception cref="OrchestrationAlreadyExistsException">The id is in use.</exception>
    public void Start(OrchestrationIdentity identity, string? input)
    {
        if (_live.TryGetValue(identity.InstanceId, out var existing))
        {
            throw new OrchestrationAlreadyExistsException(
                $"An orchestration with id '{identity.InstanceId}' already exists. It is {existing.Status}. HINT: wait for it to end, terminate it, or use another id.");
        }

        var (instance, now) = (new OrchestrationInstance(identity, ++_lastRun), Now);
        _live.Add(instance.Id, instance);
        Changes.Add(writer => writer.Replace(instance.Run, identity, input, now));
        Arrive(instance, Event(HistoryKind.ExecutionStarted, identity.Name, data: null));
    }

    public void Raise(string instanceId, string eventName, string? payload)
    {
        if (_live.TryGetValue(instanceId, out var instance))
        {
            Arrive(instance, Event(HistoryKind.EventRaised, eventName, payload));
        }
    }

    public void SetSuspended(string instanceId, bool suspended, string? reason)
    {
        if (_live.TryGetValue(instanceId, out var instance) && instance.Suspended != suspended)
        {
            instance.Suspended = suspended;
            Arrive(instance, Event(suspended ? HistoryKind.ExecutionSuspended : HistoryKind.ExecutionResumed, name: null, reason));
            SaveStatus(instance);
        }
    }

    public void Terminate(string instanceId, string? output, bool recursive)
    {
        if (!_live.TryGetValue(instanceId, out var instance))
        {
            return;
        }

        Record(instance, Event(HistoryKind.ExecutionTerminated, name: null, output));
        End(instance, OrchestrationRuntimeStatus.Terminated, output);
        foreach (var child in recursive ? _live.Values.Where(child => child.Identity.ParentLink?.InstanceId == instanceId).ToList() : [])
        {
            Terminate(child.Id, output, recursive);
        }
    }

    /// <summary>A call of a run was answered; dropped when nobody waits for it any more.</summary>
    public void Answer(OrchestrationInstance instance, HistoryEvent answer)
    {
        if (!instance.Ended)
        {
            Arrive(instance, answer);
        }
    }

    public void FireTimers()
    {
        var now = Now;
        while (_timers.TryPeek(out var timer, out var due) && (due <= now || timer.Instance.Ended))
        {
            _timers.Dequeue();
            Answer(timer.Instance, new HistoryEvent(HistoryKind.TimerFired, timer.TaskId, now, Number: due.Ticks));
        }
    }

    public TimeSpan UntilNextTimer(TimeSpan atMost)
    {
        var rest = _timers.TryPeek(out _, out var due) ? due - Now : atMost;
        return rest < TimeSpan.Zero ? TimeSpan.Zero : rest < atMost ? rest : atMost;
    }

    /// <summary>Now and then forgets orchestrators mid-flight that nothing happened to for a while; they are replayed when something does.</summary>
    public void Evict()
    {
        var now = Now;
        if (now >= _nextEviction)
        {
            _nextEviction = now + (options.KeepInMemory / 10);
            var idle = _live.Values.Where(instance => instance is { Executor: not null, Scheduled: false }).OrderByDescending(instance => instance.LastEpisode);
            foreach (var instance in idle.Where((instance, index) => index >= MostInMemory || instance.LastEpisode <= now - options.KeepInMemory))
            {
                instance.Executor = null;
            }
        }
    }

    /// <summary>Puts an instance in line for an episode if it has anything to do and is not in line yet.</summary>
    public void Schedule(OrchestrationInstance instance)
    {
        var hasWork = instance.Arrivals.Count > 0 || instance.Executor is { AwaitedIllegally: true };
        if (!instance.Scheduled && hasWork && instance is { Ended: false, Suspended: false })
        {
            instance.Scheduled = true;
            Effects.Add(() => episodes.TryWrite(instance.NextEpisode(Now)));
        }
    }

    /// <summary>An episode is over, or could not be run: the next may come.</summary>
    public void Release(OrchestrationInstance instance)
    {
        instance.Scheduled = false;
        Schedule(instance);
    }

    /// <summary>Takes up what an episode came to, unless the instance was ended meanwhile.</summary>
    public void EndEpisode(OrchestrationInstance instance, Episode episode)
    {
        if (instance.Ended)
        {
            return;
        }

        if (!instance.HasStarted)
        {
            DurableLog.OrchestrationStarted(logger, instance.Id, instance.Identity.Name);
            Effects.Add(() => watch.Pulse(instance.Id));
        }

        instance.ReadUpTo(episode.At, episode.LastRead);
        instance.CustomStatus = episode.CustomStatus;
        Record(instance, new HistoryEvent(HistoryKind.OrchestratorStarted, -1, episode.At, Number: instance.LastRead));
        foreach (var decision in episode.Decisions)
        {
            Carry(instance, Record(instance, decision));
        }

        if (episode.Next is { } next)
        {
            StartOver(instance, next);
        }
        else if (episode.End is var (status, data))
        {
            End(instance, status, data);
        }
        else
        {
            SaveStatus(instance);
        }

        Release(instance);
    }

    private HistoryEvent Event(HistoryKind kind, string? name, string? data) => new(kind, -1, Now, name, data);

    /// <summary>Puts something into the history for the orchestrator to be told.</summary>
    private void Arrive(OrchestrationInstance instance, HistoryEvent arrival)
    {
        instance.Arrivals.Add(Record(instance, arrival));
        Schedule(instance);
    }

    private HistoryEvent Record(OrchestrationInstance instance, HistoryEvent added)
    {
        var numbered = added with { Sequence = instance.NextSequence++ };
        Changes.Add(writer => writer.Append(instance.Run, numbered));
        return numbered;
    }

    /// <summary>Sets going what an orchestrator decided.</summary>
    private void Carry(OrchestrationInstance instance, HistoryEvent decision, int attempt = 1)
    {
        switch (decision.Kind)
        {
            case HistoryKind.TaskScheduled:
                Effects.Add(() => activities.TryWrite(new ActivityWork(instance, decision, attempt)));
                break;
            case HistoryKind.TimerCreated:
                _timers.Enqueue(new TimerEntry(instance, decision.TaskId), new DateTime(decision.Number, DateTimeKind.Utc));
                break;
            case HistoryKind.EventSent:
                Raise(decision.Target!, decision.Name!, decision.Data);
                break;
            case HistoryKind.SubOrchestrationInstanceCreated:
                StartChild(instance, decision);
                break;
        }
    }

    private void StartChild(OrchestrationInstance instance, HistoryEvent call)
    {
        try
        {
            var link = new ParentLink(instance.Id, instance.Identity.Name, instance.Run, call.TaskId);
            Start(new OrchestrationIdentity(call.Target!, call.Name!, link), call.Data);
        }
        catch (OrchestrationAlreadyExistsException exception)
        {
            Arrive(instance, new HistoryEvent(
                HistoryKind.SubOrchestrationInstanceFailed, call.TaskId, Now, call.Name, Failure.Of(exception).ToJson(), call.Target));
        }
    }

    private void SaveStatus(OrchestrationInstance instance)
    {
        var (status, customStatus, now) = (instance.Status, instance.CustomStatus, Now);
        Changes.Add(writer => writer.SetStatus(instance.Run, status, customStatus, now));
    }

    /// <summary>Goes on as another run with an empty history; events nobody has waited for come along.</summary>
    private void StartOver(OrchestrationInstance instance, NextRun end)
    {
        var (next, now) = (new OrchestrationInstance(instance.Identity, ++_lastRun), Now);
        (next.CustomStatus, next.LastEpisode, next.HasStarted, next.Suspended) = (instance.CustomStatus, instance.LastEpisode, true, instance.Suspended);
        instance.Ended = true;
        _live[next.Id] = next;
        var (status, customStatus) = (next.Status, next.CustomStatus);
        Changes.Add(writer => writer.StartOver(instance.Run, next.Run, status, customStatus, now, end.Input));
        Arrive(next, Event(HistoryKind.ExecutionStarted, next.Identity.Name, data: null));
        foreach (var raised in end.Preserved.Concat(instance.Arrivals.Where(arrival => arrival.Kind == HistoryKind.EventRaised)))
        {
            Arrive(next, raised);
        }
    }

    /// <summary>Ends an orchestration with its output or, as JSON, its failure; its parent is told.</summary>
    private void End(OrchestrationInstance instance, OrchestrationRuntimeStatus status, string? data)
    {
        Record(instance, Event(HistoryKind.ExecutionCompleted, name: null, data) with { Number = (int)status });
        var (customStatus, now, hasFailed) = (instance.CustomStatus, Now, status == OrchestrationRuntimeStatus.Failed);
        Changes.Add(writer => writer.Finish(instance.Run, status, customStatus, now, hasFailed ? null : data, hasFailed ? data : null));
        instance.Ended = true;
        _live.Remove(instance.Id);
        Effects.Add(() =>
        {
            DurableLog.OrchestrationEnded(logger, instance.Id, instance.Identity.Name, status.ToString());
            instance.CancelActivities();
            watch.Pulse(instance.Id);
        });
        if (instance.Identity.ParentLink is { } link && _live.TryGetValue(link.InstanceId, out var parent) && parent.Run == link.Run)
        {
            var kind = status == OrchestrationRuntimeStatus.Completed ? HistoryKind.SubOrchestrationInstanceCompleted : HistoryKind.SubOrchestrationInstanceFailed;
            var result = status == OrchestrationRuntimeStatus.Terminated ? Failure.Terminated(instance.Id, data).ToJson() : data;
            Arrive(parent, new HistoryEvent(kind, link.TaskId, now, instance.Identity.Name, result, instance.Id));
        }
    }

    private sealed record TimerEntry(OrchestrationInstance Instance, int TaskId);
}
