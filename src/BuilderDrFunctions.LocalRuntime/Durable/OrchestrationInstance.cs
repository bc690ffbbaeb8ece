namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>An orchestration that has not ended, as memory holds it; everything here is guarded by the registry's lock.</summary>
internal sealed class OrchestrationInstance(OrchestrationIdentity identity, long run)
{
    public OrchestrationIdentity Identity => identity;

    public string Id => identity.InstanceId;

    public long Run { get; set; } = run;

    public long NextSequence { get; set; }

    /// <summary>Sequence number of the last arrival that an episode has read; -1 before the first.</summary>
    public long LastRead { get; set; } = -1;

    /// <summary>Arrivals no episode has read yet, in order.</summary>
    public List<HistoryEvent> Arrivals { get; } = [];

    public string? CustomStatus { get; set; }

    /// <summary>The last episode's time: the orchestrator's clock never goes back, whatever the machine's does.</summary>
    public DateTime LastEpisode { get; set; }

    public bool HasStarted { get; set; }

    public bool Suspended { get; set; }

    public bool Ended { get; set; }

    /// <summary>In line for an episode, or in one.</summary>
    public bool Scheduled { get; set; }

    /// <summary>The orchestrator went on outside an episode and has to be failed.</summary>
    public bool AwaitedIllegally { get; set; }

    /// <summary>The input of a run that has had no episode in this process; it may not be on disk yet.</summary>
    public FreshInput? Fresh { get; set; }

    /// <summary>The orchestrator mid-flight; null when it has to be replayed first.</summary>
    public OrchestrationExecutor? Executor { get; set; }

    public DateTime LastUsed { get; set; }

    /// <summary>Cancels the activities that run for it now.</summary>
    public HashSet<CancellationTokenSource> RunningActivities { get; } = [];

    public OrchestrationRuntimeStatus Status => Suspended ? OrchestrationRuntimeStatus.Suspended
        : HasStarted ? OrchestrationRuntimeStatus.Running : OrchestrationRuntimeStatus.Pending;
}

/// <summary>The input of a run that begins; null JSON when there is none.</summary>
internal sealed record FreshInput(string? Json);

/// <summary>An activity that has to run.</summary>
/// <param name="Instance">Who asked for it.</param>
/// <param name="Run">In which run; an answer to an earlier run is dropped.</param>
/// <param name="Call">The call in history.</param>
/// <param name="Attempt">2 when an earlier process may have run it already.</param>
internal sealed record ActivityWork(OrchestrationInstance Instance, long Run, HistoryEvent Call, int Attempt);
