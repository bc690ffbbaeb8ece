using System.Globalization;
using System.Text.RegularExpressions;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.Drill;

/// <summary>The input of the drill orchestrator.</summary>
/// <param name="OperationId">This run.</param>
/// <param name="Site">Whose newest set is restored.</param>
public sealed record DrillOrder(string OperationId, string Site);

/// <summary>What is rehearsed.</summary>
/// <param name="Label">The newest set.</param>
/// <param name="RecoveryPoint">UTC; what it shows.</param>
/// <param name="Databases">Its dumps, and where each is restored.</param>
/// <param name="ArtifactBytes">The sizes of all its artifacts together.</param>
public sealed record DrillPlan(string Label, DateTimeOffset RecoveryPoint, IReadOnlyList<DrillDatabase> Databases, long ArtifactBytes);

/// <summary>A dump and its scratch database.</summary>
public sealed record DrillDatabase(string Name, string Scratch);

/// <summary>Tells an activity which dump to restore.</summary>
public sealed record DrillRestoreOrder(DrillOrder Drill, string Label, DrillDatabase Database);

/// <summary>What became of it: either a restored and proved database, or a finding.</summary>
public sealed record DrillRestoreReceipt(RestoredDatabase? Restored, DrillFinding? Finding);

/// <summary>Tells an activity which databases to look into.</summary>
public sealed record DrillProofOrder(DrillOrder Drill, string Label, IReadOnlyList<string> Databases);

/// <summary>What was found of keys.</summary>
public sealed record DrillKeysReceipt(int Keys, IReadOnlyList<DrillFinding> Findings);

/// <summary>What was found of artifacts.</summary>
/// <param name="Objects">How many were fetched.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Findings">What was found.</param>
public sealed record DrillSampleReceipt(long Objects, long Bytes, double Seconds, IReadOnlyList<DrillFinding> Findings);

/// <summary>The names of drills' databases: nobody else gives such names.</summary>
internal static partial class DrillNames
{
    /// <summary>The scratch database of one dump: <c>builder_drill_20261122t050000z_1a2b_0</c>.</summary>
    public static string Of(OperationId id, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"builder_drill_{id.At.UtcDateTime:yyyyMMdd't'HHmmss'z'}_{id.Suffix}_{index}");

    /// <summary>The run a database is of; null when no drill made it.</summary>
    public static (DateTimeOffset At, string Suffix)? RunOf(string database) =>
        Shape().Match(database) is { Success: true } match
        && DateTimeOffset.TryParseExact(match.Groups["at"].Value, "yyyyMMdd't'HHmmss'z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? (at, match.Groups["suffix"].Value)
            : null;

    [GeneratedRegex(@"^builder_drill_(?<at>[0-9]{8}t[0-9]{6}z)_(?<suffix>[0-9a-f]{4})_[0-9]{1,3}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Shape();
}
