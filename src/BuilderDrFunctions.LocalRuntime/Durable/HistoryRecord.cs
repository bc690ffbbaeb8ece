namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>One history event as the HTTP management API shows it.</summary>
/// <param name="EventType">The event's name: ExecutionStarted, TaskScheduled, TaskCompleted, TimerFired, EventRaised…</param>
/// <param name="EventId">The number of the call, for events that begin one; -1 otherwise.</param>
/// <param name="CauseId">The number of the call this event answers; null for other events.</param>
/// <param name="Timestamp">When it was written, UTC.</param>
/// <param name="Fields">The event's own fields in the API's names; inputs and results as JSON text.</param>
internal sealed record HistoryRecord(string EventType, int EventId, int? CauseId, DateTime Timestamp, JsonObject Fields)
{
    public static IReadOnlyList<HistoryRecord> Describe(InstanceRow instance, IEnumerable<HistoryEvent> history) =>
        [.. history.Select(recorded => new HistoryRecord(
            recorded.Kind.ToString(),
            recorded.AnswersTask ? -1 : recorded.TaskId,
            recorded.AnswersTask ? recorded.TaskId : null,
            recorded.At,
            FieldsOf(instance, recorded)))];

    private static JsonObject FieldsOf(InstanceRow instance, HistoryEvent recorded) => recorded.Kind switch
    {
        HistoryKind.ExecutionStarted => new() { ["FunctionName"] = recorded.Name, ["Input"] = instance.Input },
        HistoryKind.ExecutionCompleted => Completion(recorded),
        HistoryKind.TaskScheduled => new() { ["FunctionName"] = recorded.Name, ["Input"] = recorded.Data },
        HistoryKind.SubOrchestrationInstanceCreated => new() { ["FunctionName"] = recorded.Name, ["InstanceId"] = recorded.Target, ["Input"] = recorded.Data },
        HistoryKind.TaskCompleted or HistoryKind.SubOrchestrationInstanceCompleted => new() { ["Result"] = recorded.Data },
        HistoryKind.TaskFailed or HistoryKind.SubOrchestrationInstanceFailed => Reason(recorded.Data),
        HistoryKind.TimerCreated or HistoryKind.TimerFired => new() { ["FireAt"] = new DateTime(recorded.Number, DateTimeKind.Utc) },
        HistoryKind.EventSent => new() { ["Name"] = recorded.Name, ["InstanceId"] = recorded.Target, ["Input"] = recorded.Data },
        HistoryKind.EventRaised => new() { ["Name"] = recorded.Name, ["Input"] = recorded.Data },
        HistoryKind.ExecutionSuspended or HistoryKind.ExecutionResumed => new() { ["Reason"] = recorded.Data },
        HistoryKind.ExecutionTerminated => new() { ["Input"] = recorded.Data },
        _ => [],
    };

    private static JsonObject Completion(HistoryEvent recorded)
    {
        var status = (OrchestrationRuntimeStatus)recorded.Number;
        var result = status == OrchestrationRuntimeStatus.Failed ? Failure.Parse(recorded.Data)!.ErrorMessage : recorded.Data;
        return new() { ["OrchestrationStatus"] = status.ToString(), ["Result"] = result };
    }

    private static JsonObject Reason(string? data)
    {
        var failure = Failure.Parse(data)!;
        return new() { ["Reason"] = failure.ErrorMessage, ["Details"] = failure.ToDetails().ToString() };
    }
}
