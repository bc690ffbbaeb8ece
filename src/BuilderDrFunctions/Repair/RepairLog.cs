using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Repair;

/// <summary>Log messages of repairs, events 3700 to 3799.</summary>
internal static partial class RepairLog
{
    [LoggerMessage(3700, LogLevel.Information, "Repair {OperationId} of site {Site} planned: {PutBack} artifacts to put back, {Uploads} to upload, {Irreparable} irreparable")]
    public static partial void RepairPlanned(this ILogger logger, string operationId, string site, long putBack, long uploads, long irreparable);

    [LoggerMessage(3701, LogLevel.Information, "Repair {OperationId} of site {Site}: {PutBack} artifacts put back, {Uploaded} uploaded, {Failed} not mended")]
    public static partial void RepairDone(this ILogger logger, string operationId, string site, long putBack, long uploaded, long failed);
}
