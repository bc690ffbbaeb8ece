using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Durability;

/// <summary>Log messages of operations, events 100 to 199.</summary>
internal static partial class DurabilityLog
{
    [LoggerMessage(100, LogLevel.Warning, "Operation {OperationId} could not be read just now ({Cause}); its step goes on")]
    public static partial void OperationNotReadable(this ILogger logger, string operationId, string cause);

    [LoggerMessage(101, LogLevel.Information, "Operation {OperationId} started by {Trigger}")]
    public static partial void OperationStarted(this ILogger logger, string operationId, string trigger);

    [LoggerMessage(102, LogLevel.Warning, "Operation {OperationId} was not started: {Running} is running on site {Site}")]
    public static partial void OperationRefused(this ILogger logger, string operationId, string running, string site);
}
