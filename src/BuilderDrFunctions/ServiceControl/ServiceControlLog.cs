using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.ServiceControl;

/// <summary>Log messages of the control over services, events 700 to 799.</summary>
internal static partial class ServiceControlLog
{
    [LoggerMessage(700, LogLevel.Information, "The API of site {Site} is being stopped for {OperationId}")]
    public static partial void ApiStopping(this ILogger logger, string site, string operationId);

    [LoggerMessage(701, LogLevel.Information, "The API of site {Site} is up again")]
    public static partial void ApiStarted(this ILogger logger, string site);

    [LoggerMessage(702, LogLevel.Information, "Service {Service} of site {Site} was restarted, so that it forgets what it had cached")]
    public static partial void ServiceRestarted(this ILogger logger, string service, string site);

    [LoggerMessage(703, LogLevel.Warning, "Service {Service} of site {Site} could not be restarted: {Cause}")]
    public static partial void ServiceNotRestarted(this ILogger logger, string service, string site, string cause);
}
