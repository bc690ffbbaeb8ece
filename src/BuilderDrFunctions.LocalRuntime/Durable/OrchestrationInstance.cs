namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>One run of an orchestration that has not ended, as memory holds it; the engine's thread alone changes it.</summary>
#pragma warning disable CA1001 // a cancellation source without a timer holds nothing that needs disposal
internal sealed class OrchestrationInstance(OrchestrationIdentity identity, long run)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _ending = new();

    public OrchestrationIdentity Identity => identity;

    public string Id => identity.InstanceId;

    public long Run => run;

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

    /// <summary>Nobody waits for answers to this run's calls any more.</summary>
    public bool Ended { get; set; }

    /// <summary>In line for an episode, or in one; its executor belongs to that episode then.</summary>
    public bool Scheduled { get; set; }

    /// <summary>The orchestrator mid-flight; null when it has to be replayed first.</summary>
    public OrchestrationExecutor? Executor { get; set; }

    /// <summary>Cancelled once the end is on disk: running activities are told.</summary>
    public CancellationToken Ending => _ending.Token;

    public OrchestrationRuntimeStatus Status => Suspended ? OrchestrationRuntimeStatus.Suspended
        : HasStarted ? OrchestrationRuntimeStatus.Running : OrchestrationRuntimeStatus.Pending;

    /// <summary>An instance as its history left it, and the calls that have no answer yet, oldest first.</summary>
    public static (OrchestrationInstance Instance, IEnumerable<HistoryEvent> OpenCalls) Recover(InstanceRow row, IEnumerable<HistoryEvent> history)
    {
        var instance = new OrchestrationInstance(row.Identity, row.Run)
        {
            CustomStatus = row.CustomStatus,
            Suspended = row.Status == OrchestrationRuntimeStatus.Suspended,
        };
        var calls = new Dictionary<int, HistoryEvent>();
        foreach (var recorded in history)
        {
            instance.NextSequence = recorded.Sequence + 1;
            if (recorded.IsArrival)
            {
                instance.Arrivals.Add(recorded);
                calls.Remove(recorded.TaskId);
            }
            else if (recorded.IsCall)
            {
                calls.Add(recorded.TaskId, recorded);
            }
            else if (recorded.Kind == HistoryKind.OrchestratorStarted)
            {
                instance.ReadUpTo(recorded.At, recorded.Number);
            }
        }

        return (instance, calls.Values.OrderBy(call => call.Sequence));
    }

    /// <summary>All that has arrived, at a time that is no earlier than the last episode's and than the timers that fired.</summary>
    public EpisodeWork NextEpisode(DateTime now)
    {
        var timers = Arrivals.Where(arrival => arrival.Kind == HistoryKind.TimerFired);
        var at = Math.Max(Math.Max(now.Ticks, LastEpisode.Ticks), timers.Max(timer => (long?)timer.Number) ?? 0);
        return new EpisodeWork(this, new DateTime(at, DateTimeKind.Utc), [.. Arrivals]);
    }

    /// <summary>An episode has read the arrivals up to one.</summary>
    public void ReadUpTo(DateTime at, long sequence)
    {
        (HasStarted, LastEpisode, LastRead) = (true, at, Math.Max(LastRead, sequence));
        Arrivals.RemoveAll(arrival => arrival.Sequence <= LastRead);
    }

    /// <summary>What activities do about their cancellation runs on other threads, not on the engine's.</summary>
    public void CancelActivities() => _ = _ending.CancelAsync();
}

/// <summary>Who an orchestration is; does not change while it lives, whatever it does.</summary>
internal sealed record OrchestrationIdentity(string InstanceId, string Name, ParentLink? ParentLink)
{
    private const int LongestInstanceId = 256;

    /// <summary>The documented rule: 1 to 256 characters, no leading @, none of / \ # ? and no control characters.</summary>
    /// <exception cref="ArgumentException">The id breaks the rule.</exception>
    public static void RequireValidInstanceId(string instanceId)
    {
        if (instanceId.Length is 0 or > LongestInstanceId || instanceId[0] == '@'
            || instanceId.Any(letter => letter is '/' or '\\' or '#' or '?' || char.IsControl(letter)))
        {
            throw new ArgumentException(
                $"An instance id has 1 to {LongestInstanceId} characters, does not begin with '@' and holds none of / \\ # ? and no "
                + "control characters. HINT: build it from letters, digits, '-' and '_'.", nameof(instanceId));
        }
    }
}

/// <summary>Where a sub-orchestration's result goes: the call of one run of its parent.</summary>
internal sealed record ParentLink(string InstanceId, string Name, long Run, int TaskId);
