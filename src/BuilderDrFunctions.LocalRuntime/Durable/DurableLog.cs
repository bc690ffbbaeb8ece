namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>What the engine logs; event ids 9000 to 9099.</summary>
internal static partial class DurableLog
{
    [LoggerMessage(9000, LogLevel.Information, "Durable engine started: {Live} live instances, {Activities} activities to run again, state file {StateFile}")]
    public static partial void EngineStarted(ILogger logger, int live, int activities, string stateFile);

    [LoggerMessage(9001, LogLevel.Information, "Durable engine stopped: {Interrupted} activities were interrupted and run again at the next start")]
    public static partial void EngineStopped(ILogger logger, int interrupted);

    [LoggerMessage(9002, LogLevel.Critical, "The durable engine has failed and stands still until the next start; what is on disk is safe")]
    public static partial void EngineFailed(ILogger logger, Exception exception);

    [LoggerMessage(9010, LogLevel.Information, "Orchestration {InstanceId} ({Name}) started")]
    public static partial void OrchestrationStarted(ILogger logger, string instanceId, string name);

    [LoggerMessage(9011, LogLevel.Information, "Orchestration {InstanceId} ({Name}) ended: {Status}")]
    public static partial void OrchestrationEnded(ILogger logger, string instanceId, string name, string status);

    [LoggerMessage(9012, LogLevel.Warning, "Orchestration {InstanceId} ({Name}) failed: {ErrorType}: {ErrorMessage}")]
    public static partial void OrchestrationFailed(ILogger logger, string instanceId, string name, string errorType, string errorMessage);

    [LoggerMessage(9020, LogLevel.Warning, "Activity {Name} (#{TaskId}) of {InstanceId} failed: {ErrorType}: {ErrorMessage}")]
    public static partial void ActivityFailed(ILogger logger, string name, int taskId, string instanceId, string errorType, string errorMessage);

    [LoggerMessage(9021, LogLevel.Error, "Activity {Name} (#{TaskId}) of {InstanceId} did not end within {Grace} of being cancelled and is left behind")]
    public static partial void ActivityLeftBehind(ILogger logger, string name, int taskId, string instanceId, TimeSpan grace);

    [LoggerMessage(9030, LogLevel.Error, "The state file could not be written and is tried again in {Pause}; nothing new starts until then: {Cause}")]
    public static partial void CommitDelayed(ILogger logger, string cause, TimeSpan pause);

    [LoggerMessage(9033, LogLevel.Error, "Orchestration {InstanceId} could not be loaded and is tried again in {Pause}")]
    public static partial void LoadDelayed(ILogger logger, Exception exception, string instanceId, TimeSpan pause);
}
