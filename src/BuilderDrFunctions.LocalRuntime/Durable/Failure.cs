namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>A failure as the state file keeps it.</summary>
internal sealed record Failure(string ErrorType, string ErrorMessage, string? StackTrace, Failure? Inner, bool NonRetriable)
{
    /// <summary>What the real packages report for a function that does not exist.</summary>
    public static Failure ActivityNotFound(string name) => new(
        "ActivityTaskNotFound", $"No activity task named '{name}' was found.", StackTrace: null, Inner: null, NonRetriable: true);

    public static Failure OrchestratorNotFound(string name) => new(
        "OrchestratorTaskNotFound", $"No orchestrator task named '{name}' was found.", StackTrace: null, Inner: null, NonRetriable: true);

    public static Failure Terminated(string instanceId, string? output) => new(
        "OrchestrationTerminated", $"Sub-orchestration '{instanceId}' was terminated{(output is null ? "" : $": {output}")}.",
        StackTrace: null, Inner: null, NonRetriable: false);

    public static Failure Of(Exception exception) => Of(TaskFailureDetails.FromException(exception));

    public static Failure? Parse(string? json) => json is null ? null : JsonSerializer.Deserialize<Failure>(json);

    public string ToJson() => JsonSerializer.Serialize(this);

    public TaskFailureDetails ToDetails() => new(ErrorType, ErrorMessage, StackTrace, Inner?.ToDetails(), Properties: null);

    private static Failure Of(TaskFailureDetails details) => new(
        details.ErrorType, details.ErrorMessage, details.StackTrace, details.InnerFailure is { } inner ? Of(inner) : null, NonRetriable: false);
}
