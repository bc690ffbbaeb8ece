namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>What happened; the numbers are stored and never change.</summary>
internal enum HistoryKind
{
    ExecutionStarted = 0,
    ExecutionCompleted = 1,
    ExecutionTerminated = 3,
    TaskScheduled = 4,
    TaskCompleted = 5,
    TaskFailed = 6,
    SubOrchestrationInstanceCreated = 7,
    SubOrchestrationInstanceCompleted = 8,
    SubOrchestrationInstanceFailed = 9,
    TimerCreated = 10,
    TimerFired = 11,
    OrchestratorStarted = 12,
    EventSent = 14,
    EventRaised = 15,
    ExecutionSuspended = 19,
    ExecutionResumed = 20,
}

/// <summary>One row of an instance's history.</summary>
/// <remarks>
/// There are two sorts. An arrival is told to the orchestrator: it started, a task ended, an event was raised. A decision is what the
/// orchestrator did about it. An episode writes <see cref="HistoryKind.OrchestratorStarted"/>, which says up to which arrival it had
/// read, and then its decisions; so history replays episode by episode, however arrivals and episodes overlapped in time.
/// </remarks>
/// <param name="Kind">What happened.</param>
/// <param name="TaskId">The number of the call that is made or answered; -1 when there is none.</param>
/// <param name="At">When, UTC. For an episode: the orchestrator's CurrentUtcDateTime.</param>
/// <param name="Name">The function's or event's name.</param>
/// <param name="Data">Input, result, failure or payload as JSON.</param>
/// <param name="Target">The instance that is called or sent to.</param>
/// <param name="Number">Timers: due time in UTC ticks. Episodes: sequence number of the last arrival read. Completion: the status.</param>
internal sealed record HistoryEvent(HistoryKind Kind, int TaskId, DateTime At, string? Name = null, string? Data = null, string? Target = null, long Number = 0)
{
    /// <summary>Position in the history of its run, from 0.</summary>
    public long Sequence { get; init; }

    public bool IsArrival => Kind is HistoryKind.ExecutionStarted or HistoryKind.EventRaised or HistoryKind.ExecutionSuspended
        or HistoryKind.ExecutionResumed or HistoryKind.ExecutionTerminated || AnswersTask;

    public bool AnswersTask => Kind is HistoryKind.TaskCompleted or HistoryKind.TaskFailed or HistoryKind.TimerFired
        or HistoryKind.SubOrchestrationInstanceCompleted or HistoryKind.SubOrchestrationInstanceFailed;

    public bool IsCall => Kind is HistoryKind.TaskScheduled or HistoryKind.TimerCreated or HistoryKind.SubOrchestrationInstanceCreated;
}
