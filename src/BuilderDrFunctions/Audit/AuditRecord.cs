namespace BuilderDrFunctions.Audit;

/// <summary>One line of the audit trail, as it lies in the vault. Never holds a secret: names, ids and numbers only.</summary>
/// <param name="Sequence">1, 2, 3 and so on, without a gap.</param>
/// <param name="At">UTC.</param>
/// <param name="Who">The signed-in user's name, <c>key</c> for a caller known by a function key alone, <c>builder-dr</c> for the app itself.</param>
/// <param name="What">What was done, such as <c>POST /api/backups</c>, <c>run began</c>, <c>run ended</c>.</param>
/// <param name="Site">On which Builder; null where it cannot be told.</param>
/// <param name="OperationId">The run it is about or that it started.</param>
/// <param name="Subject">The set, or other thing, it is about.</param>
/// <param name="Outcome">A call's status, such as <c>202</c>; of a run, how it ended.</param>
/// <param name="Code">The number of the fault, where there was one.</param>
/// <param name="Previous">SHA-256 of the record before, as it lies in the vault; 64 zeros for the first.</param>
public sealed record AuditRecord(
    long Sequence, DateTimeOffset At, string Who, string What, string? Site, string? OperationId, string? Subject, string Outcome, string? Code, string Previous);

/// <summary>What is to be put down.</summary>
public sealed record AuditEntry(
    DateTimeOffset At, string Who, string What, string? Site, string? OperationId, string? Subject, string Outcome, string? Code = null);

/// <summary>Where the trail ends: <c>audit/head.json</c>, so that records taken off its end are missed.</summary>
/// <param name="Sequence">Of the last record.</param>
/// <param name="Sha256">Of that record as it lies in the vault, lower-case hex.</param>
public sealed record AuditHead(long Sequence, string Sha256)
{
    /// <summary>Before the first record.</summary>
    public static AuditHead Empty { get; } = new(0, new string('0', 64));
}

/// <summary>A page of the trail.</summary>
/// <param name="Records">Newest first.</param>
/// <param name="Before">Pass it as <c>?before=</c> for older ones; null when there are none.</param>
public sealed record AuditPage(IReadOnlyList<AuditRecord> Records, long? Before);

/// <summary>What reading the whole trail again found.</summary>
/// <param name="Passed">Every record is there, and as it was written.</param>
/// <param name="Records">How many were read.</param>
/// <param name="Head">Where the trail ends; noted elsewhere, it proves later that nothing before it was replaced.</param>
/// <param name="FindingCount">How much was found; more than <paramref name="Findings"/> tells, perhaps.</param>
/// <param name="Findings">The first of them, as sentences.</param>
public sealed record AuditVerdict(bool Passed, long Records, AuditHead Head, int FindingCount, IReadOnlyList<string> Findings);
