using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Api;

/// <summary>Log messages of the HTTP API, events 200 to 299.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(200, LogLevel.Error, "{Method} {Path} failed: {Fault}")]
    public static partial void RequestFailed(this ILogger logger, string method, string path, string fault);

    [LoggerMessage(201, LogLevel.Error, "{Method} {Path} failed: {Fault}")]
    public static partial void RequestBroke(this ILogger logger, Exception exception, string method, string path, string fault);
}
