using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Audit;

/// <summary>Log messages of the audit trail, events 6500 to 6599.</summary>
internal static partial class AuditLog
{
    [LoggerMessage(6500, LogLevel.Information, "Audit record {Sequence} ({Sha256}): {What}, {Outcome}")]
    public static partial void AuditAppended(this ILogger logger, long sequence, string sha256, string what, string outcome);

    [LoggerMessage(6502, LogLevel.Error, "The head of the audit trail cannot be read ({Fault}): by its records the trail ends with {Sequence}")]
    public static partial void AuditHeadDamaged(this ILogger logger, string fault, long sequence);

    [LoggerMessage(6501, LogLevel.Error, "The audit trail could not be appended ({Fault}); what it lacks: {Who}, {What}, operation {OperationId}, {Outcome}")]
    public static partial void AuditNotAppended(this ILogger logger, string fault, string who, string what, string? operationId, string outcome);
}
