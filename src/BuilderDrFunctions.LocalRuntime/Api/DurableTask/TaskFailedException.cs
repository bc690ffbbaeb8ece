namespace Microsoft.DurableTask;

/// <summary>Thrown into an orchestrator that awaits an activity or sub-orchestration which failed.</summary>
public sealed class TaskFailedException : Exception
{
    public TaskFailedException(string taskName, int taskId, Exception innerException)
        : base(Describe(taskName, taskId, innerException?.Message), innerException)
    {
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = TaskFailureDetails.FromException(innerException!);
    }

    public TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails) : base(Describe(taskName, taskId, failureDetails?.ErrorMessage))
    {
        ArgumentNullException.ThrowIfNull(failureDetails);
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = failureDetails;
    }

    /// <summary>What an orchestrator of the real packages gets when its child was terminated: no details.</summary>
    internal TaskFailedException(string taskName, int taskId, string cause) : base(Describe(taskName, taskId, cause))
    {
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = null!;
    }

    public string TaskName { get; }

    public int TaskId { get; }

    public TaskFailureDetails FailureDetails { get; }

    /// <summary>True when no further attempt can succeed, as for a function that does not exist.</summary>
    internal bool NonRetriable { get; init; }

    private static string Describe(string taskName, int taskId, string? cause) =>
        $"Task '{taskName}' (#{taskId}) failed with an unhandled exception" + (cause is null ? "." : $": {cause}");
}

/// <summary>A failure as history keeps it: type name, message, stack and the failure that caused it.</summary>
public record TaskFailureDetails(
    string ErrorType, string ErrorMessage, string? StackTrace, TaskFailureDetails? InnerFailure, IDictionary<string, object?>? Properties)
{
    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var inner = exception is TaskFailedException failed ? failed.FailureDetails : exception.InnerException is { } cause ? FromException(cause) : null;
        return new TaskFailureDetails(exception.GetType().ToString(), exception.Message, exception.StackTrace, inner, Properties: null);
    }

    public bool IsCausedBy<T>() where T : Exception => IsCausedBy(typeof(T));

    /// <summary>Whether the failure's type is, or derives from, an exception type; false when that type is loaded nowhere.</summary>
    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
        {
            throw new ArgumentException($"{targetBaseExceptionType} is not an exception type.", nameof(targetBaseExceptionType));
        }

        return !string.IsNullOrEmpty(ErrorType) && targetBaseExceptionType.IsAssignableFrom(
            Type.GetType(ErrorType) ?? targetBaseExceptionType.Assembly.GetType(ErrorType) ?? FindInLoadedAssemblies(ErrorType));
    }

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    private static Type? FindInLoadedAssemblies(string fullName)
    {
        var found = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(fullName)).OfType<Type>().Take(2).ToArray();
        return found.Length < 2
            ? found.SingleOrDefault()
            : throw new AmbiguousMatchException($"The exception type {fullName} is found in {found[0].Assembly} and {found[1].Assembly}.");
    }
}
