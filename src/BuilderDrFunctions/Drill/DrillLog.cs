using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Drill;

/// <summary>Log messages of drills, events 3100 to 3199.</summary>
internal static partial class DrillLog
{
    [LoggerMessage(3100, LogLevel.Information, "Drill {OperationId} of site {Site} begins")]
    public static partial void DrillStarted(this ILogger logger, string operationId, string site);

    [LoggerMessage(3101, LogLevel.Information, "Drill {OperationId} of site {Site} passed with set {Label}: a recovery takes {Seconds} s")]
    public static partial void DrillPassed(this ILogger logger, string operationId, string site, string label, double seconds);

    [LoggerMessage(3102, LogLevel.Error, "Drill {OperationId} of site {Site} FAILED with set {Label}: {Kind}: {What}")]
    public static partial void DrillFailed(this ILogger logger, string operationId, string site, string label, Catalog.DrillFindingKind kind, string what);

    [LoggerMessage(3103, LogLevel.Warning, "Database {Database} was left by a drill that is no more, and is dropped")]
    public static partial void LeftoverDropped(this ILogger logger, string database);

    [LoggerMessage(3104, LogLevel.Warning, "The scheduled drill of site {Site} was not started: {Running} is running")]
    public static partial void DrillSkipped(this ILogger logger, string site, string running);

    [LoggerMessage(3105, LogLevel.Warning, "Drill {OperationId} could not drop its databases: {Fault}; the next drill does")]
    public static partial void EndFailed(this ILogger logger, string operationId, string fault);

    [LoggerMessage(3107, LogLevel.Warning, "Set {Label} of site {Site} is dated in the future, because the clock was or is wrong: no drill takes it for the newest")]
    public static partial void AheadPassedOver(this ILogger logger, string label, string site);

    [LoggerMessage(3106, LogLevel.Information, "The disk of {Server} cannot be looked at from here; a drill needs about {Needed} bytes there")]
    public static partial void DiskUnseen(this ILogger logger, string server, long needed);
}
