namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>A failure as the state file keeps it.</summary>
internal sealed record Failure(string ErrorType, string ErrorMessage, string? StackTrace, Failure? Inner, bool NonRetriable)
{
    private const string TerminatedType = "OrchestrationTerminated";

    /// <summary>What the real packages report for a function that does not exist.</summary>
    public static Failure ActivityNotFound(string name) => new(
        "ActivityTaskNotFound", $"No activity task named '{name}' was found.", StackTrace: null, Inner: null, NonRetriable: true);

    public static Failure OrchestratorNotFound(string name) => new(
        "OrchestratorTaskNotFound", $"No orchestrator task named '{name}' was found.", StackTrace: null, Inner: null, NonRetriable: true);

    public static Failure Terminated(string instanceId, string? output) => new(
        TerminatedType, $"Sub-orchestration '{instanceId}' was terminated{(output is null ? "" : $": {output}")}.",
        StackTrace: null, Inner: null, NonRetriable: false);

    public static Failure Of(Exception exception)
    {
        var failure = Of(TaskFailureDetails.FromException(exception));
        return exception is NonDeterministicException ? failure with { ErrorType = NonDeterministicException.ErrorType } : failure;
    }

    public static Failure? Parse(string? json) => json is null ? null : JsonSerializer.Deserialize<Failure>(json);

    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>The failure as the orchestrator that called the task gets it.</summary>
    public TaskFailedException ToException(string taskName, int taskId) => ErrorType == TerminatedType
        ? new TaskFailedException(taskName, taskId, ErrorMessage)
        : new TaskFailedException(taskName, taskId, ToDetails()) { NonRetriable = NonRetriable };

    public TaskFailureDetails ToDetails() => new(ErrorType, ErrorMessage, StackTrace, Inner?.ToDetails(), Properties: null);

    private static Failure Of(TaskFailureDetails details) => new(
        details.ErrorType, details.ErrorMessage, details.StackTrace, details.InnerFailure is { } inner ? Of(inner) : null, NonRetriable: false);
}

/// <summary>An orchestrator made other calls than its history holds: its code was changed, or depends on something that varies.</summary>
internal sealed class NonDeterministicException(string message) : Exception(message)
{
    /// <summary>The name under which the cloud's runtime reports this.</summary>
    public const string ErrorType = "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException";

    public static void ThrowUnlessSame(HistoryEvent recorded, HistoryEvent? found)
    {
        if (found is null || recorded.Kind != found.Kind || recorded.TaskId != found.TaskId
            || !string.Equals(recorded.Name, found.Name, StringComparison.OrdinalIgnoreCase)
            || !string.Equals(recorded.Target, found.Target, StringComparison.Ordinal))
        {
            throw new NonDeterministicException(Describe(
                $"event {recorded.Sequence} expects {Call(recorded)}, but the code made {(found is null ? "no call" : Call(found))}"));
        }
    }

    /// <summary>The code made a call that history does not hold.</summary>
    /// <param name="next">The event at which history went on; null at its end.</param>
    /// <param name="found">That call.</param>
    public static NonDeterministicException Unexpected(HistoryEvent? next, HistoryEvent found) => new(Describe(
        $"{(next is null ? "the end" : $"event {next.Sequence}")} expects no further call, but the code made {Call(found)}"));

    private static string Describe(string difference) =>
        $"Non-deterministic orchestrator: in its history, {difference}. HINT: an orchestrator whose calls change gets a new name, and "
        + "uses no clock, random numbers or other state than its context gives it.";

    private static string Call(HistoryEvent call) => call.Kind switch
    {
        HistoryKind.TaskScheduled => $"call #{call.TaskId} of activity '{call.Name}'",
        HistoryKind.SubOrchestrationInstanceCreated => $"call #{call.TaskId} of sub-orchestrator '{call.Name}' as '{call.Target}'",
        HistoryKind.TimerCreated => $"timer #{call.TaskId}",
        HistoryKind.EventSent => $"event #{call.TaskId} '{call.Name}' to '{call.Target}'",
        _ => $"{call.Kind} #{call.TaskId}",
    };
}
