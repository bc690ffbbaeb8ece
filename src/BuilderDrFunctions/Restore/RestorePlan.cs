using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.Restore;

/// <summary>What a restore would do, or does.</summary>
/// <param name="Label">The set.</param>
/// <param name="SourceSite">The Builder it is of.</param>
/// <param name="RecoveryPoint">UTC; what was written to Builder later is not in the set.</param>
/// <param name="Parts">What is restored.</param>
/// <param name="Databases">Which, from where to where.</param>
/// <param name="StopsApi">The API is up, or comes up again by itself, and will be stopped for the swap.</param>
/// <param name="StartsApi">The API is started, or seen to answer, in the end.</param>
/// <param name="KeyFiles">Keys, and configuration where that was asked for: how many files are written in their place.</param>
/// <param name="Artifacts">What is copied; null before it was compared, or without that part.</param>
/// <param name="Problems">What stands against it; none, or nothing is changed.</param>
/// <param name="Warnings">What an operator must know.</param>
/// <param name="Steps">What is done, in order.</param>
public sealed record RestorePlan(
    string Label, string SourceSite, DateTimeOffset RecoveryPoint, IReadOnlyList<RestorePart> Parts, IReadOnlyList<DatabasePlan> Databases,
    bool StopsApi, bool StartsApi, int KeyFiles, ArtifactsPlan? Artifacts, IReadOnlyList<RestoreProblem> Problems, IReadOnlyList<string> Warnings, IReadOnlyList<PlanStep> Steps)
{
    /// <summary>The bucket is not there yet, as on a new machine: it is made before artifacts are copied.</summary>
    public bool CreatesBucket { get; init; }

    /// <summary>The API is down, and the supervisor is told to keep it up: it ends right after each start, or was just starting.</summary>
    public bool ApiFails { get; init; }

    /// <summary>Seconds of all steps.</summary>
    public double EstimatedSeconds => Math.Round(Steps.Sum(step => step.EstimatedSeconds), 1);
}

/// <summary>One dump's way.</summary>
/// <param name="Name">The dump.</param>
/// <param name="Restoring">Where it is restored and proved.</param>
/// <param name="Target">What it is called in the end.</param>
/// <param name="Before">What the live database is called then; null where there is none.</param>
/// <param name="StoredBytes">The dump's size in the vault.</param>
/// <param name="ArchiveBytes">The dump's size as pg_restore reads it.</param>
/// <param name="Rows">In all tables.</param>
/// <param name="Staged">It is staged for parallel workers; else streamed.</param>
/// <param name="Sessions">Who is connected to the live database.</param>
/// <param name="Owner">The role it belongs to in the end, which is Builder's own; null: the one this program connects as.</param>
public sealed record DatabasePlan(
    string Name, string Restoring, string Target, string? Before, long StoredBytes, long ArchiveBytes, long Rows, bool Staged, IReadOnlyList<string> Sessions, string? Owner)
{
    /// <summary>A spare's: when its live database was last written to, UTC.</summary>
    public DateTimeOffset? NewestWrite { get; init; }
}

/// <summary>What the artifacts need.</summary>
/// <param name="Folder">Where the batches lie.</param>
/// <param name="Batches">How many.</param>
/// <param name="Objects">Artifacts of the set.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="ToCopy">Missing from the bucket, or to be compared by content because size or ETag differ.</param>
/// <param name="ToCopyBytes">Their sizes together.</param>
/// <param name="NotInSet">Packages of the database whose artifact was not in the bucket when the set was taken.</param>
/// <param name="Extra">In the bucket and not in the set. They stay, unless pruned.</param>
/// <param name="PrunePath">Where the extra ones are listed; null unless asked for.</param>
public sealed record ArtifactsPlan(
    string Folder, int Batches, long Objects, long Bytes, long ToCopy, long ToCopyBytes, long NotInSet, long Extra, string? PrunePath);

/// <summary>What stands against a restore.</summary>
public sealed record RestoreProblem(string Code, string What, string Hint);

/// <summary>One step of a restore.</summary>
/// <param name="What">As a sentence.</param>
/// <param name="Bytes">That it moves.</param>
/// <param name="EstimatedSeconds">How long it takes, by the rates measured on two cores.</param>
public sealed record PlanStep(string What, long Bytes, double EstimatedSeconds);

/// <summary>Tells an activity which dump to restore to where.</summary>
public sealed record RestoreDatabaseOrder(string OperationId, string Site, string SourceSite, string Label, string Name, string Restoring, string? Owner)
{
    /// <summary>The database whose place it will take, and whose settings and rights it gets; null where it takes no one's.</summary>
    public string? InPlaceOf { get; init; }
}

/// <summary>Tells an activity which databases change names.</summary>
public sealed record SwapOrder(string OperationId, string Site, string Label, bool Force, IReadOnlyList<SwapPair> Databases);

/// <summary>One database's names.</summary>
/// <param name="Live">What it is known by.</param>
/// <param name="Restoring">Where the restored one is.</param>
/// <param name="Before">Where the former one goes; null where there was none.</param>
public sealed record SwapPair(string Live, string Restoring, string? Before)
{
    /// <summary>A spare's: not replaced when its live database was written to after this moment; null: that does not matter.</summary>
    public DateTimeOffset? UnlessWrittenAfter { get; init; }
}

/// <summary>Tells an activity which artifacts to copy.</summary>
public sealed record CopyOrder(string OperationId, string Site, string SourceSite, string Folder, int Batch, string Prefix);

/// <summary>What was copied.</summary>
/// <param name="Objects">Looked at.</param>
/// <param name="Copied">Written to the bucket.</param>
/// <param name="CopiedBytes">Their sizes together.</param>
/// <param name="Same">Found there with the same content.</param>
/// <param name="Lost">Damaged or missing in the vault.</param>
/// <param name="FirstLost">The first of them, as sentences.</param>
public sealed record CopyReceipt(
    long Objects = 0, long Copied = 0, long CopiedBytes = 0, long Same = 0, long Lost = 0, IReadOnlyList<string>? FirstLost = null) : IBatchReceipt<CopyReceipt>
{
    /// <summary>How many losses are named.</summary>
    public const int MostNamed = 10;

    /// <summary>The sum of both.</summary>
    public CopyReceipt Plus(CopyReceipt other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new CopyReceipt(
            Objects + other.Objects, Copied + other.Copied, CopiedBytes + other.CopiedBytes, Same + other.Same, Lost + other.Lost,
            [.. (FirstLost ?? []).Concat(other.FirstLost ?? []).Take(MostNamed)]);
    }
}

/// <summary>The outcome of a restore, as its operation shows it.</summary>
/// <param name="Label">The set.</param>
/// <param name="SourceSite">The Builder it is of.</param>
/// <param name="Site">The Builder restored to.</param>
/// <param name="Mode">What was done.</param>
/// <param name="Plan">As it was checked.</param>
/// <param name="Databases">What was restored, and proved by its fingerprint.</param>
/// <param name="Artifacts">What was copied.</param>
/// <param name="Keys">What was written to the host.</param>
/// <param name="KeyCoverage">Builder's keys that the databases need.</param>
/// <param name="Previous">Databases kept under another name until <c>DELETE /api/restores/{id}/previous</c>.</param>
/// <param name="RecoveryPoint">UTC; what Builder shows now.</param>
/// <param name="RecoverySeconds">From the operation's begin until the API answered.</param>
/// <param name="ApiDownSeconds">How long the API was down; 0 when it was not stopped.</param>
/// <param name="Warnings">What an operator must know.</param>
public sealed record RestoreReceipt(
    string Label, string SourceSite, string Site, RestoreMode Mode, RestorePlan Plan, IReadOnlyList<RestoredDatabase> Databases, CopyReceipt? Artifacts,
    KeysReceipt? Keys, IReadOnlyList<KeyVerdict> KeyCoverage, IReadOnlyList<string> Previous, DateTimeOffset RecoveryPoint, double RecoverySeconds,
    double ApiDownSeconds, IReadOnlyList<string> Warnings);

/// <summary>What was written to the Builder host.</summary>
/// <param name="Written">Files.</param>
/// <param name="Unchanged">Files that were there already with the same content.</param>
/// <param name="Kept">Configuration files that differ or are absent on the host and were left so.</param>
/// <param name="Beside">The folder on the host below which the set's own of these lie, by their paths.</param>
public sealed record KeysReceipt(int Written, int Unchanged, IReadOnlyList<string> Kept, string Beside);
