namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>What the host says about itself and about invocations. Event ids 100 to 199.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(100, LogLevel.Information, "{Count} functions, state in {StateFolder}, keys in {KeyFile}")]
    public static partial void HostStarting(this ILogger log, int count, string stateFolder, string keyFile);

    [LoggerMessage(101, LogLevel.Information, "{Function}: {Trigger}{Note}")]
    public static partial void FunctionFound(this ILogger log, string function, string trigger, string note);

    [LoggerMessage(102, LogLevel.Information, "Stopping: requests and activities under way may finish within {Grace}")]
    public static partial void HostStopping(this ILogger log, TimeSpan grace);

    [LoggerMessage(110, LogLevel.Information, "Executing '{Function}' (Id={InvocationId})")]
    public static partial void FunctionStarting(this ILogger log, string function, string invocationId);

    [LoggerMessage(111, LogLevel.Information, "Executed '{Function}' (Succeeded, Id={InvocationId}, Duration={Duration}ms)")]
    public static partial void FunctionSucceeded(this ILogger log, string function, string invocationId, long duration);

    [LoggerMessage(112, LogLevel.Error, "Executed '{Function}' (Failed, Id={InvocationId}, Duration={Duration}ms)")]
    public static partial void FunctionFailed(this ILogger log, Exception exception, string function, string invocationId, long duration);

    [LoggerMessage(113, LogLevel.Information, "Executed '{Function}' (Cancelled, Id={InvocationId}, Duration={Duration}ms)")]
    public static partial void FunctionCancelled(this ILogger log, string function, string invocationId, long duration);

    [LoggerMessage(120, LogLevel.Information, "Timer '{Function}' is due next at {Next:u}")]
    public static partial void TimerNext(this ILogger log, string function, DateTime next);

    [LoggerMessage(121, LogLevel.Error, "Timer '{Function}' goes on, but when it ran could not be written to timers.json")]
    public static partial void TimerStatusNotSaved(this ILogger log, Exception exception, string function);

    [LoggerMessage(122, LogLevel.Critical, "Timer '{Function}' has stopped")]
    public static partial void TimerStopped(this ILogger log, Exception exception, string function);

    [LoggerMessage(130, LogLevel.Information, "Key '{Key}' of {Scope} was {Change}")]
    public static partial void KeyChanged(this ILogger log, string key, string scope, string change);

    [LoggerMessage(131, LogLevel.Error, "A management request failed: {Method} {Path}")]
    public static partial void ManagementFailed(this ILogger log, Exception exception, string method, string path);
}
