using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Log messages of restores, events 2000 to 2999.</summary>
internal static partial class RestoreLog
{
    [LoggerMessage(2000, LogLevel.Information, "Restore {OperationId} of set {Label} to site {Site} begins: {Mode}")]
    public static partial void RestoreStarted(this ILogger logger, string operationId, string label, string site, RestoreMode mode);

    [LoggerMessage(2001, LogLevel.Information, "Restore {OperationId} of set {Label} to site {Site} is done after {Seconds} s")]
    public static partial void RestoreDone(this ILogger logger, string operationId, string label, string site, double seconds);

    [LoggerMessage(2002, LogLevel.Information, "Dump {Database} of set {Label} is restored into {Target} and proved: {Rows} rows in {Tables} tables, {RestoreSeconds} s and {ProofSeconds} s")]
    public static partial void DatabaseRestored(
        this ILogger logger, string database, string label, string target, long rows, int tables, double restoreSeconds, double proofSeconds);

    [LoggerMessage(2003, LogLevel.Information, "Database {Live} of site {Site} is now the one restored by {OperationId}")]
    public static partial void DatabaseReplaced(this ILogger logger, string live, string site, string operationId);

    [LoggerMessage(2004, LogLevel.Warning, "The replacement of site {Site}'s databases by {OperationId} was undone")]
    public static partial void SwapUndone(this ILogger logger, string site, string operationId);

    [LoggerMessage(2005, LogLevel.Warning, "Restore {OperationId}: {Verdict}")]
    public static partial void KeyLost(this ILogger logger, string operationId, string verdict);

    [LoggerMessage(2006, LogLevel.Information, "Site {Site}, batch {Batch}: {Copied} artifacts ({CopiedBytes} bytes) copied back, {Same} the same, {Lost} lost")]
    public static partial void BatchCopied(this ILogger logger, string site, int batch, long copied, long copiedBytes, long same, long lost);

    [LoggerMessage(2008, LogLevel.Information, "Database {Database} of site {Site}, put aside by {OperationId}, is dropped")]
    public static partial void PreviousDropped(this ILogger logger, string database, string site, string operationId);

    [LoggerMessage(2009, LogLevel.Warning, "Restore {OperationId}: {Problem}: {Fault}")]
    public static partial void LeftUndone(this ILogger logger, string operationId, string problem, string fault);

    [LoggerMessage(2007, LogLevel.Warning, "Database {Database} of site {Site}, left of a restore that was terminated, is dropped")]
    public static partial void LeftoverDropped(this ILogger logger, string database, string site);

    [LoggerMessage(2010, LogLevel.Warning, "Spare {Site} was not refreshed: site {Source} has no complete set that a verification passed")]
    public static partial void NothingForSpare(this ILogger logger, string site, string source);

    [LoggerMessage(2011, LogLevel.Information, "Spare {Site} shows set {Label}, and no later one is verified")]
    public static partial void SpareIsNewest(this ILogger logger, string site, string label);

    [LoggerMessage(2013, LogLevel.Warning, "Set {Label} of site {Site} is dated in the future, because the clock was or is wrong: no spare is refreshed by it")]
    public static partial void AheadPassedOver(this ILogger logger, string label, string site);

    [LoggerMessage(2012, LogLevel.Warning, "Spare {Site} was not refreshed: {Running} is running")]
    public static partial void SpareSkipped(this ILogger logger, string site, string running);
}
