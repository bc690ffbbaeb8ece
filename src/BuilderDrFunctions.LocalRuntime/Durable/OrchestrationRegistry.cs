namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Knows every live orchestration, and is the only way to one.</summary>
/// <remarks>
/// One lock, held while memory is changed and the same change is put in line for the disk: so what is on disk after a crash is what
/// memory was at some moment. Orchestrator code runs outside the lock and may run ahead of the disk; what it decides does not:
/// activities start, and callers are answered, only once the decision is committed.
/// </remarks>
internal sealed class OrchestrationRegistry(
    CommitQueue commits, OrchestrationLedger ledger, InstanceWatch watch, DurableEngineOptions options, ILogger logger)
{
    private readonly Lock _gate = new();
    private bool _stopping;

    /// <summary>Takes over what an earlier process left.</summary>
    public void Adopt(IEnumerable<OrchestrationInstance> instances, long highestRun)
    {
        lock (_gate)
        {
            ledger.SkipRunsTo(highestRun);
            foreach (var instance in instances)
            {
                ledger.Adopt(instance);
            }
        }
    }

    /// <summary>Starts an orchestration; ends once that is on disk.</summary>
    /// <exception cref="OrchestrationAlreadyExistsException">The id is in use.</exception>
    public Task CreateAsync(OrchestrationIdentity identity, string? input)
    {
        lock (_gate)
        {
            if (ledger.TryGet(identity.InstanceId, out var existing))
            {
                throw new OrchestrationAlreadyExistsException(
                    $"An orchestration with id '{identity.InstanceId}' already exists. It is {existing.Status}. HINT: wait for it to end, "
                    + "terminate it, or use another id.");
            }

            var unit = new Unit();
            ledger.Begin(unit, identity, input);
            return commits.CommitAsync(unit);
        }
    }

    /// <summary>Changes a live instance and ends once that is on disk; does nothing when the instance has ended or never was.</summary>
    public Task ChangeAsync(string instanceId, Action<Unit, OrchestrationInstance> change)
    {
        lock (_gate)
        {
            if (!ledger.TryGet(instanceId, out var instance))
            {
                return Task.CompletedTask;
            }

            var unit = new Unit();
            change(unit, instance);
            return commits.CommitAsync(unit);
        }
    }

    /// <summary>Begins an episode: what is to be told to the orchestrator, or null when there is nothing to do now.</summary>
    public (long Run, DateTime Now, IReadOnlyList<HistoryEvent> Arrivals)? BeginEpisode(OrchestrationInstance instance)
    {
        lock (_gate)
        {
            if (_stopping || !OrchestrationLedger.HasWork(instance))
            {
                instance.Scheduled = false;
                return null;
            }

            var timers = instance.Arrivals.Where(arrival => arrival.Kind == HistoryKind.TimerFired);
            var at = Math.Max(Math.Max(ledger.Now.Ticks, instance.LastEpisode.Ticks), timers.Max(timer => (long?)timer.Number) ?? 0);
            return (instance.Run, new DateTime(at, DateTimeKind.Utc), [.. instance.Arrivals]);
        }
    }

    /// <summary>Ends an episode: commits what it came to, unless the instance was ended meanwhile.</summary>
    public void EndEpisode(OrchestrationInstance instance, long run, Episode episode)
    {
        lock (_gate)
        {
            if (!OrchestrationLedger.IsCurrent(instance, run))
            {
                return;
            }

            instance.LastEpisode = episode.At;
            instance.LastRead = Math.Max(instance.LastRead, episode.LastRead);
            instance.Arrivals.RemoveAll(arrival => arrival.Sequence <= instance.LastRead);
            instance.CustomStatus = episode.CustomStatus;
            instance.AwaitedIllegally = false;
            instance.Fresh = null;
            instance.LastUsed = ledger.Now;
            var unit = new Unit();
            OrchestrationLedger.Record(unit, instance, new HistoryEvent(HistoryKind.OrchestratorStarted, -1, episode.At, Number: instance.LastRead));
            if (!instance.HasStarted)
            {
                instance.HasStarted = true;
                DurableLog.OrchestrationStarted(logger, instance.Id, instance.Identity.Name);
                unit.Effects.Add(() => watch.Pulse(instance.Id));
            }

            foreach (var decision in episode.Decisions)
            {
                ledger.Carry(unit, instance, OrchestrationLedger.Record(unit, instance, decision));
            }

            switch (episode.End)
            {
                case null:
                    ledger.SaveStatus(unit, instance);
                    break;
                case EpisodeEnd.ContinuedAsNew next:
                    ledger.StartOver(unit, instance, next);
                    break;
                case EpisodeEnd.Completed completed:
                    ledger.Complete(unit, instance, completed.Output);
                    break;
                case EpisodeEnd.Failed failed:
                    ledger.Fail(unit, instance, failed.Failure);
                    break;
            }

            commits.Add(unit);
            if (options.KeepInMemory == TimeSpan.Zero)
            {
                instance.Executor = null;
            }

            Release(instance);
        }
    }

    /// <summary>The episode could not be run; it is tried again.</summary>
    public void AbandonEpisode(OrchestrationInstance instance)
    {
        lock (_gate)
        {
            Release(instance);
        }
    }

    /// <summary>An activity is about to run; false when nobody waits for it any more.</summary>
    public bool BeginActivity(ActivityWork work, CancellationTokenSource cancel)
    {
        lock (_gate)
        {
            return !_stopping && OrchestrationLedger.IsCurrent(work.Instance, work.Run) && work.Instance.RunningActivities.Add(cancel);
        }
    }

    /// <summary>An activity no longer runs; the answer is null when it was interrupted and has to run again.</summary>
    public void EndActivity(ActivityWork work, CancellationTokenSource cancel, HistoryEvent? answer)
    {
        lock (_gate)
        {
            work.Instance.RunningActivities.Remove(cancel);
            if (answer is not null)
            {
                Answer(work.Instance, work.Run, answer);
            }
        }
    }

    public void FireTimer(TimerEntry timer)
    {
        lock (_gate)
        {
            Answer(timer.Instance, timer.Run, new HistoryEvent(HistoryKind.TimerFired, timer.TaskId, ledger.Now, Number: timer.Due.Ticks));
        }
    }

    public void ReportIllegalAwait(OrchestrationInstance instance, OrchestrationExecutor executor)
    {
        lock (_gate)
        {
            if (instance.Executor == executor)
            {
                instance.AwaitedIllegally = true;
                ledger.Schedule(instance);
            }
        }
    }

    /// <summary>Forgets orchestrators mid-flight, all but the most recently used; they are replayed when something happens to them.</summary>
    public void Evict(TimeSpan keepFor, int keepAtMost)
    {
        lock (_gate)
        {
            var oldest = ledger.Now - keepFor;
            var idle = ledger.Live.Where(instance => instance is { Executor: not null, Scheduled: false })
                .OrderByDescending(instance => instance.LastUsed);
            foreach (var instance in idle.Where((instance, index) => index >= keepAtMost || instance.LastUsed < oldest))
            {
                instance.Executor = null;
            }
        }
    }

    /// <summary>From now on nothing begins; what runs may end.</summary>
    public void BeginStop()
    {
        lock (_gate)
        {
            _stopping = true;
        }
    }

    /// <summary>Cancels what an ended instance still has running.</summary>
    public void CancelActivities(OrchestrationInstance instance)
    {
        lock (_gate)
        {
            Cancel(instance.RunningActivities);
        }
    }

    public void CancelAllActivities()
    {
        lock (_gate)
        {
            Cancel(ledger.Live.SelectMany(instance => instance.RunningActivities));
        }
    }

    /// <summary>The functions' own reactions to the cancellation run on other threads: the lock is held here.</summary>
    private static void Cancel(IEnumerable<CancellationTokenSource> activities)
    {
        foreach (var activity in activities)
        {
            _ = activity.CancelAsync();
        }
    }

    private void Release(OrchestrationInstance instance)
    {
        instance.Scheduled = false;
        ledger.Schedule(instance);
    }

    private void Answer(OrchestrationInstance instance, long run, HistoryEvent answer)
    {
        if (OrchestrationLedger.IsCurrent(instance, run))
        {
            var unit = new Unit();
            ledger.Arrive(unit, instance, answer);
            commits.Add(unit);
        }
    }
}
