using System.Text.Json;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>What a verification found: every stored byte of a set re-read and re-digested.</summary>
/// <param name="OperationId">The run.</param>
/// <param name="Site">Of which Builder.</param>
/// <param name="Label">The set.</param>
/// <param name="BegunAt">UTC.</param>
/// <param name="EndedAt">UTC.</param>
/// <param name="Passed">Nothing was found.</param>
/// <param name="Files">Files of the set that were read.</param>
/// <param name="FileBytes">Their sizes together.</param>
/// <param name="Objects">Artifacts that were read.</param>
/// <param name="ObjectBytes">Their sizes together.</param>
/// <param name="Findings">How much was found; more than <paramref name="First"/> tells, perhaps.</param>
/// <param name="First">The first findings, as sentences.</param>
public sealed record VerifyVerdict(
    string OperationId, string Site, string Label, DateTimeOffset BegunAt, DateTimeOffset EndedAt, bool Passed,
    int Files, long FileBytes, long Objects, long ObjectBytes, long Findings, IReadOnlyList<string> First)
{
    /// <summary>What could not be looked at, and why; it says nothing against the set.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What became of the set's copy in the second vault; null where there is none.</summary>
    public CopyVerdict? Copy { get; init; }
}

/// <summary>What re-reading a set in the second vault found.</summary>
/// <param name="Mended">Artifacts and files that were damaged or lost there, and were copied again.</param>
/// <param name="Problems">What could not be read or mended, in words to the operator.</param>
public sealed record CopyVerdict(long Mended, IReadOnlyList<string> Problems);

/// <summary>Keeps <see cref="VerifyVerdict"/>s in the vault, next to the sets they are about.</summary>
public sealed class VerifyVerdicts(IVault vault)
{
    /// <summary>The kind of these runs' ids.</summary>
    internal const string Kind = "verify";

    internal const int VerdictLimit = 1024 * 1024;

    /// <summary>Puts a verdict down; done already is success.</summary>
    public Task WriteAsync(VerifyVerdict verdict, CancellationToken cancellationToken) =>
        vault.TryCreateAsync(
            SetPaths.Verdict(verdict.Site, new BackupLabel(verdict.Label), verdict.OperationId), JsonSerializer.SerializeToUtf8Bytes(verdict, CatalogJson.Options), cancellationToken);

    /// <summary>A set's verdicts, newest first.</summary>
    public async Task<IReadOnlyList<VerifyVerdict>> ListAsync(string site, BackupLabel label, CancellationToken cancellationToken)
    {
        var verdicts = new List<VerifyVerdict>();
        await foreach (var entry in vault.ListAsync(SetPaths.Verdicts(site, label), cancellationToken))
        {
            // Drills put theirs into the same folder.
            if (OperationId.TryParse(Path.GetFileNameWithoutExtension(entry.Path)) is { Kind: Kind }
                && await vault.ReadJsonAsync(entry.Path, CatalogJson.Of<VerifyVerdict>(), VerdictLimit, cancellationToken) is { } verdict)
            {
                verdicts.Add(verdict);
            }
        }

        verdicts.Sort((left, right) => right.EndedAt.CompareTo(left.EndedAt));
        return verdicts;
    }

    /// <summary>Whether a set's newest verdict is a good one.</summary>
    public async Task<bool> IsVerifiedAsync(string site, BackupLabel label, CancellationToken cancellationToken) =>
        (await ListAsync(site, label, cancellationToken)) is [{ Passed: true }, ..];
}
