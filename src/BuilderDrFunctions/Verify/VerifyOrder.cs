using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.Verify;

/// <summary>The input of the verify orchestrator.</summary>
/// <param name="OperationId">This run.</param>
/// <param name="Site">Whose set.</param>
/// <param name="Label">The set.</param>
/// <param name="Window">Files and batches under way at once.</param>
public sealed record VerifyOrder(string OperationId, string Site, string Label, int Window);

/// <summary>What is to be read.</summary>
/// <param name="Files">Files of the set.</param>
/// <param name="Folder">Where the batches of artifacts lie.</param>
/// <param name="Batches">How many.</param>
/// <param name="Objects">Artifacts in them.</param>
/// <param name="ObjectBytes">Their sizes together.</param>
/// <param name="Found">What the manifest and the inventory have already told.</param>
public sealed record VerifyPlan(IReadOnlyList<SetFile> Files, string Folder, int Batches, long Objects, long ObjectBytes, VerifyReceipt Found)
{
    /// <summary>Whether the second vault is read too.</summary>
    public bool ReadsCopy { get; init; }
}

/// <summary>Tells an activity which file of a set to read.</summary>
public sealed record VerifyFileOrder(string OperationId, string Site, string Label, SetFile File);

/// <summary>Tells an activity which artifacts to read.</summary>
public sealed record VerifyBatchOrder(string OperationId, string Site, string Folder, int Batch);

/// <summary>What was read, and what was found.</summary>
/// <param name="Objects">Files or artifacts.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="Findings">How much was found.</param>
/// <param name="First">The first findings, as sentences.</param>
/// <param name="Warnings">What could not be looked at, and why.</param>
public sealed record VerifyReceipt(long Objects = 0, long Bytes = 0, long Findings = 0, IReadOnlyList<string>? First = null, IReadOnlyList<string>? Warnings = null) : IBatchReceipt<VerifyReceipt>
{
    private const int MostNamed = 20;

    /// <summary>The sum of both.</summary>
    public VerifyReceipt Plus(VerifyReceipt other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new VerifyReceipt(
            Objects + other.Objects, Bytes + other.Bytes, Findings + other.Findings, [.. (First ?? []).Concat(other.First ?? []).Take(MostNamed)],
            [.. Warnings ?? [], .. other.Warnings ?? []]);
    }

    /// <summary>One thing read, with or without a finding.</summary>
    public static VerifyReceipt Of(long bytes, string? finding) =>
        finding is null ? new VerifyReceipt(1, bytes) : new VerifyReceipt(1, bytes, 1, [finding]);
}
