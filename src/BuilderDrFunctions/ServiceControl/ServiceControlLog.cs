using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.ServiceControl;

/// <summary>Log messages of the control over services, events 700 to 799.</summary>
internal static partial class ServiceControlLog
{
    [LoggerMessage(700, LogLevel.Information, "The API of site {Site} is being stopped for {OperationId}")]
    public static partial void ApiStopping(this ILogger logger, string site, string operationId);

    [LoggerMessage(701, LogLevel.Information, "The API of site {Site} is up again")]
    public static partial void ApiStarted(this ILogger logger, string site);

    [LoggerMessage(707, LogLevel.Warning, "The API of site {Site} was stopped by somebody else before {OperationId} came to it: it is left down")]
    public static partial void ApiWasDown(this ILogger logger, string site, string operationId);

    [LoggerMessage(706, LogLevel.Warning, "The API of site {Site} is up, but that it must be started could not be taken off the record, which the watchdog does later: {Cause}")]
    public static partial void WishStays(this ILogger logger, string site, string cause);

    [LoggerMessage(704, LogLevel.Warning, "{OperationId} ended while the API of site {Site} was being stopped for it: the API is started again")]
    public static partial void ApiStoppedForNobody(this ILogger logger, string site, string operationId);

    [LoggerMessage(705, LogLevel.Warning, "Whether {OperationId} still runs cannot be told for the moment: {Cause}")]
    public static partial void RunNotReadable(this ILogger logger, string operationId, string cause);

    [LoggerMessage(702, LogLevel.Information, "Service {Service} of site {Site} was restarted, so that it forgets what it had cached")]
    public static partial void ServiceRestarted(this ILogger logger, string service, string site);

    [LoggerMessage(703, LogLevel.Warning, "Service {Service} of site {Site} could not be restarted: {Cause}")]
    public static partial void ServiceNotRestarted(this ILogger logger, string service, string site, string cause);
}
