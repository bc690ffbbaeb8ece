using System.Text.Json;
using System.Text.Json.Serialization;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>What a drill found: the newest set, restored where nobody needs it.</summary>
/// <param name="OperationId">The run.</param>
/// <param name="Site">Of which Builder.</param>
/// <param name="Label">The set.</param>
/// <param name="RecoveryPoint">UTC; what the set shows.</param>
/// <param name="BegunAt">UTC.</param>
/// <param name="EndedAt">UTC.</param>
/// <param name="Passed">Nothing was found, and the objective for the recovery time was met.</param>
/// <param name="DatabaseSeconds">Measured: restoring and proving the databases.</param>
/// <param name="ArtifactSeconds">Estimated: reading all artifacts of the set at the rate of the sample.</param>
/// <param name="RecoverySeconds">Both together: the recovery time.</param>
/// <param name="RtoSeconds">The objective; null: none is set.</param>
/// <param name="RtoMet">Whether it was met; true without one.</param>
/// <param name="Rows">In the restored databases.</param>
/// <param name="SampledArtifacts">Fetched and held against the database's checksums.</param>
/// <param name="SampledBytes">Their sizes together.</param>
/// <param name="Keys">Builder's keys that were tried.</param>
/// <param name="Findings">What was found.</param>
public sealed record DrillVerdict(
    string OperationId, string Site, string Label, DateTimeOffset RecoveryPoint, DateTimeOffset BegunAt, DateTimeOffset EndedAt, bool Passed,
    double DatabaseSeconds, double ArtifactSeconds, double RecoverySeconds, double? RtoSeconds, bool RtoMet, long Rows, long SampledArtifacts,
    long SampledBytes, int Keys, IReadOnlyList<DrillFinding> Findings);

/// <summary>One thing that a drill found.</summary>
/// <param name="Kind">What sort of thing.</param>
/// <param name="What">As a sentence.</param>
public sealed record DrillFinding(DrillFindingKind Kind, string What);

/// <summary>The sorts of things that a drill finds.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DrillFindingKind>))]
public enum DrillFindingKind
{
    /// <summary>A dump is not as it was written, or is not there.</summary>
    DumpDamaged,

    /// <summary>A dump cannot be restored.</summary>
    DumpRefused,

    /// <summary>The restored database is not what was backed up.</summary>
    DatabaseDiffers,

    /// <summary>An artifact is not in the vault.</summary>
    ArtifactMissing,

    /// <summary>An artifact is not as it was written.</summary>
    ArtifactDamaged,

    /// <summary>An artifact is not what the database says it must be.</summary>
    ArtifactDiffers,

    /// <summary>The set lacks a key of Builder that the database needs.</summary>
    KeyMissing,

    /// <summary>A key of the set does not open the database's secrets.</summary>
    KeyWrong,

    /// <summary>The set's keys cannot be read.</summary>
    KeysUnreadable,

    /// <summary>The recovery time is longer than the objective.</summary>
    RtoMissed,
}

/// <summary>Keeps <see cref="DrillVerdict"/>s in the vault: the trend of a site's recovery time.</summary>
public sealed class DrillVerdicts(IVault vault)
{
    /// <summary>The kind of these runs' ids.</summary>
    internal const string Kind = "drill";

    internal const int VerdictLimit = 1024 * 1024;

    /// <summary>Puts a verdict down twice, done already is success: among the site's drills, where it outlives the set, and next to the set.</summary>
    public async Task WriteAsync(DrillVerdict verdict, CancellationToken cancellationToken)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(verdict, CatalogJson.Options);
        var label = new BackupLabel(verdict.Label);
        await vault.TryCreateAsync($"{FolderOf(verdict.Site)}{verdict.OperationId}.json", content, cancellationToken);
        if (await vault.FindAsync(SetPaths.Manifest(verdict.Site, label), cancellationToken) is not null)
        {
            await vault.TryCreateAsync(SetPaths.Verdict(verdict.Site, label, verdict.OperationId), content, cancellationToken);
        }
    }

    /// <summary>The newest verdicts of a site, newest first.</summary>
    public async Task<IReadOnlyList<DrillVerdict>> ListAsync(string site, int top, CancellationToken cancellationToken)
    {
        var paths = new List<(DateTimeOffset At, string Path)>();
        await foreach (var entry in vault.ListAsync(FolderOf(site), cancellationToken))
        {
            if (OperationId.TryParse(Path.GetFileNameWithoutExtension(entry.Path)) is { } id)
            {
                paths.Add((id.At, entry.Path));
            }
        }

        var verdicts = new List<DrillVerdict>();
        foreach (var (_, path) in paths.OrderByDescending(path => path.At).Take(top))
        {
            if (await vault.ReadJsonAsync(path, CatalogJson.Of<DrillVerdict>(), VerdictLimit, cancellationToken) is { } verdict)
            {
                verdicts.Add(verdict);
            }
        }

        return verdicts;
    }

    private static string FolderOf(string site) => SetPaths.Site(site) + "drills/";
}
