using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Backup;

/// <summary>Log messages of backups, events 1000 to 1999.</summary>
internal static partial class BackupLog
{
    [LoggerMessage(1000, LogLevel.Information, "Backup {Label} of site {Site} begins")]
    public static partial void BackupStarted(this ILogger logger, string label, string site);

    [LoggerMessage(1001, LogLevel.Information, "Backup {Label} of site {Site} is committed: {Bytes} bytes, API down for {DownSeconds} s")]
    public static partial void BackupCommitted(this ILogger logger, string label, string site, long bytes, double downSeconds);

    [LoggerMessage(1004, LogLevel.Warning, "The nightly backup of site {Site} was not started: {Running} is still running")]
    public static partial void NightlySkipped(this ILogger logger, string site, string running);

    [LoggerMessage(1008, LogLevel.Error, "The nightly backup of site {Site} could not be started: {Cause}")]
    public static partial void NightlyNotStarted(this ILogger logger, string site, string cause);

    [LoggerMessage(1005, LogLevel.Information, "Dump of {Database} is stored: {StoredBytes} bytes of {ArchiveBytes}, {Rows} rows in {Tables} tables")]
    public static partial void DumpStored(this ILogger logger, string database, long storedBytes, long archiveBytes, long rows, int tables);

    [LoggerMessage(1006, LogLevel.Error, "Set {Label} of site {Site} is committed, but the expiry of older sets failed: {Cause}")]
    public static partial void ExpiryFailed(this ILogger logger, string label, string site, string cause);

    [LoggerMessage(1007, LogLevel.Error, "Set {Label} of site {Site} is committed, but the second copy failed: {Cause}")]
    public static partial void SecondCopyFailed(this ILogger logger, string label, string site, string cause);
}
