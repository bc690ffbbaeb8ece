namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Finds in the state file what an earlier process left undone.</summary>
internal sealed class Recovery(StateReader reader)
{
    private static readonly OrchestrationRuntimeStatus[] LiveStatuses =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    public List<OrchestrationInstance> Instances { get; } = [];

    /// <summary>Activities that were called and have not answered, oldest first.</summary>
    public List<ActivityWork> Activities { get; } = [];

    /// <summary>Timers that have not fired.</summary>
    public List<TimerEntry> Timers { get; } = [];

    public long HighestRun { get; private set; }

    public Recovery Read()
    {
        HighestRun = reader.HighestRun();
        foreach (var row in reader.List(new InstanceFilter(Statuses: LiveStatuses), withData: false).OrderBy(row => row.Run))
        {
            Read(row);
        }

        return this;
    }

    private void Read(InstanceRow row)
    {
        var instance = new OrchestrationInstance(row.Identity, row.Run)
        {
            CustomStatus = row.CustomStatus,
            Suspended = row.Status == OrchestrationRuntimeStatus.Suspended,
        };
        var calls = new Dictionary<int, HistoryEvent>();
        foreach (var recorded in reader.History(row.Run))
        {
            instance.NextSequence = recorded.Sequence + 1;
            if (recorded.IsArrival)
            {
                instance.Arrivals.Add(recorded);
            }

            if (recorded.AnswersTask)
            {
                calls.Remove(recorded.TaskId);
            }
            else if (recorded.IsCall)
            {
                calls.Add(recorded.TaskId, recorded);
            }
            else if (recorded.Kind == HistoryKind.OrchestratorStarted)
            {
                instance.HasStarted = true;
                instance.LastEpisode = recorded.At;
                instance.LastRead = recorded.Number;
                instance.Arrivals.RemoveAll(arrival => arrival.Sequence <= recorded.Number);
            }
        }

        Instances.Add(instance);
        Activities.AddRange(calls.Values.Where(call => call.Kind == HistoryKind.TaskScheduled)
            .Select(call => new ActivityWork(instance, row.Run, call, Attempt: 2)));
        Timers.AddRange(calls.Values.Where(call => call.Kind == HistoryKind.TimerCreated)
            .Select(call => new TimerEntry(instance, row.Run, call.TaskId, new DateTime(call.Number, DateTimeKind.Utc))));
    }
}
