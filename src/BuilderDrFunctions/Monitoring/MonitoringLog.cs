using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Log messages of monitoring, events 6000 to 6999.</summary>
internal static partial class MonitoringLog
{
    [LoggerMessage(6000, LogLevel.Warning, "The API of site {Site} was stopped by {OperationId} at {StoppedAt:u}, which will not start it again: starting it")]
    public static partial void WatchdogStartsApi(this ILogger logger, string site, string operationId, DateTimeOffset stoppedAt);

    [LoggerMessage(6001, LogLevel.Information, "The API of site {Site} is up again")]
    public static partial void WatchdogStartedApi(this ILogger logger, string site);

    [LoggerMessage(6002, LogLevel.Error, "The watchdog could not look after site {Site}, and tries again in a minute: {Fault}")]
    public static partial void WatchdogFailed(this ILogger logger, string site, string fault);

    [LoggerMessage(6003, LogLevel.Error, "Health check {Check} of site '{Site}' failed")]
    public static partial void ProbeFailed(this ILogger logger, Exception exception, string check, string site);

    [LoggerMessage(6004, LogLevel.Warning, "What was told last cannot be read ({Fault}); this process's own memory of it is used")]
    public static partial void StatesUnreadable(this ILogger logger, string fault);

    [LoggerMessage(6005, LogLevel.Warning, "{Subject} of site '{Site}' is {Status} now: {Summary}")]
    public static partial void StateChanged(this ILogger logger, string subject, string site, string status, string summary);

    [LoggerMessage(6006, LogLevel.Error, "The ledger of runs is damaged ({Fault}): it is made anew out of what the durable store knows")]
    public static partial void LedgerDamaged(this ILogger logger, string fault);

    [LoggerMessage(6007, LogLevel.Error, "Figures of site {Site} are missing from the metrics: {Fault}")]
    public static partial void FiguresMissing(this ILogger logger, string site, string fault);

    [LoggerMessage(6008, LogLevel.Information, "Purged {Instances} ended instances that began more than {Days} days ago")]
    public static partial void OperationsPurged(this ILogger logger, int instances, double days);
}
