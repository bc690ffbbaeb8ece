using System.Globalization;
using System.Text.RegularExpressions;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Habitat;

namespace BuilderDrFunctions.Restore;

/// <summary>The input of the restore orchestrator.</summary>
/// <param name="OperationId">This run.</param>
/// <param name="Site">The Builder to restore to.</param>
/// <param name="SourceSite">The Builder the set is of.</param>
/// <param name="Label">The set.</param>
/// <param name="Mode">What is done.</param>
/// <param name="Parts">As asked for; null: all that the set has and the site can take.</param>
/// <param name="Database">Another name than the dump's; null: none.</param>
/// <param name="Prefix">Scratch: what goes before the artifacts' keys; empty otherwise.</param>
public sealed partial record RestoreOrder(
    string OperationId, string Site, string SourceSite, string Label, RestoreMode Mode, IReadOnlyList<RestorePart>? Parts, string? Database, string Prefix)
{
    private const string SuffixTime = "yyyyMMdd't'HHmmss'z'";

    /// <summary>Ends sessions on the live database.</summary>
    public bool Force { get; init; }

    /// <summary>The target is a warm spare: not replaced while it serves what is newer than the set, and left down where it was down.</summary>
    public bool Spare { get; init; }

    /// <summary>Goes on although keys or artifacts are lost.</summary>
    public bool AcceptLosses { get; init; }

    /// <summary>Overwrites keys that differ.</summary>
    public bool OverwriteKeys { get; init; }

    /// <summary>Writes <c>user.toml</c> and the like to their places.</summary>
    public bool WriteConfiguration { get; init; }

    /// <summary>Plan: lists what the bucket has and the set has not.</summary>
    public bool Prune { get; init; }

    /// <summary>Replace: where the plan listed what is to be removed from the bucket; null: nothing is.</summary>
    public string? PrunePath { get; init; }

    /// <summary>Batches of artifacts under way at once.</summary>
    public int Window { get; init; } = 8;

    /// <summary>Whether the run reads for long what another site's expiry might remove: its own site is locked, and a plan reads little.</summary>
    internal bool ReadsOtherSite => Mode != RestoreMode.Plan && SourceSite != Site;

    /// <summary>This run's own digits, fit for a database's name: <c>20261122t020000z_1a2b</c>.</summary>
    public static string SuffixOf(OperationId id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.At.UtcDateTime.ToString(SuffixTime, CultureInfo.InvariantCulture) + "_" + id.Suffix;
    }

    /// <summary>Where a database is restored and proved, before anything live is touched.</summary>
    internal string RestoringName(string database) => $"{database}_restoring_{Suffix}";

    /// <summary>What the live database is called once it is replaced.</summary>
    internal string BeforeName(string database) => $"{database}_before_{Suffix}";

    /// <summary>What a scratch database is called when the operator gave no name.</summary>
    internal string ScratchName(string database) => $"{database}_restored_{Suffix}";

    /// <summary>What may be written on the host, and where the rest is put.</summary>
    internal ConfigurationWish Wish(string habRoot) => new()
    {
        ReplaceKeys = OverwriteKeys,
        WriteConfiguration = WriteConfiguration,
        BesideFolder = $"{habRoot.TrimEnd('/')}/builder-dr/{Label}",
        KeptSuffix = $".before-{Suffix}",
        HabRoot = habRoot,
    };

    /// <summary>The run whose <see cref="RestoringName"/> a database has; null when it is none.</summary>
    internal static (DateTimeOffset At, string Suffix)? RestoringRunOf(string database) =>
        RestoringShape().Match(database) is { Success: true } match
        && DateTimeOffset.TryParseExact(match.Groups["at"].Value, SuffixTime, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? (at, match.Groups["suffix"].Value)
            : null;

    private string Suffix => SuffixOf(Durability.OperationId.TryParse(OperationId) ?? throw new System.Diagnostics.UnreachableException());

    [GeneratedRegex(@"^.+_restoring_(?<at>[0-9]{8}t[0-9]{6}z)_(?<suffix>[0-9a-f]{4})\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RestoringShape();
}
