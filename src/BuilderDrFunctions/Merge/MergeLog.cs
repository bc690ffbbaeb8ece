using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Merge;

/// <summary>Log messages of merges, events 7000 to 7999.</summary>
internal static partial class MergeLog
{
    [LoggerMessage(7000, LogLevel.Information, "Merge {OperationId} of site {Site} begins: {Kind} into {Database}, {Mode}")]
    public static partial void MergeStarted(this ILogger logger, string operationId, string site, MergeKind kind, string database, MergeMode mode);

    [LoggerMessage(7001, LogLevel.Information, "Merge {OperationId} of site {Site} is done: {Rows} rows in {Tables} tables of {Database}, backup {Backup}")]
    public static partial void MergeDone(this ILogger logger, string operationId, string site, string database, long rows, int tables, string backup);

    [LoggerMessage(7002, LogLevel.Warning, "Merge {OperationId} could not remove what it left: {Fault}")]
    public static partial void CleanUpFailed(this ILogger logger, string operationId, string fault);

    [LoggerMessage(7003, LogLevel.Information, "Merge {OperationId} relies on backup set {Label}, which holds the databases as they are")]
    public static partial void BackupFound(this ILogger logger, string operationId, string label);

    [LoggerMessage(7004, LogLevel.Warning, "Merge {OperationId} does not rely on a damaged set: {Fault}")]
    public static partial void BackupDamaged(this ILogger logger, string operationId, string fault);
}
