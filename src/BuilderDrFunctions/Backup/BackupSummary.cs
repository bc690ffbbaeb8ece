using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Backup;

/// <summary>A set as the list shows it.</summary>
/// <param name="Label">Its id.</param>
/// <param name="Site">Of which Builder.</param>
/// <param name="CommittedAt">UTC.</param>
/// <param name="RecoveryPoint">UTC; what it shows.</param>
/// <param name="Databases">How many dumps.</param>
/// <param name="DumpBytes">As stored.</param>
/// <param name="Artifacts">How many.</param>
/// <param name="ArtifactBytes">Their sizes together.</param>
/// <param name="FetchedBytes">What this run had to fetch.</param>
/// <param name="ApiDownSeconds">How long the API was down.</param>
/// <param name="Seconds">How long the run took.</param>
/// <param name="HasConfiguration">Keys and configuration are in it.</param>
/// <param name="Complete">Every package has its artifact.</param>
/// <param name="Warnings">How many.</param>
/// <param name="Held">An operator has said that it must not expire.</param>
/// <param name="Proof">What verifications and drills found.</param>
public sealed record BackupSummary(
    string Label, string Site, DateTimeOffset CommittedAt, DateTimeOffset RecoveryPoint, int Databases, long DumpBytes,
    long Artifacts, long ArtifactBytes, long FetchedBytes, double ApiDownSeconds, double Seconds, bool HasConfiguration, bool Complete, int Warnings, bool Held,
    SetProof Proof)
{
    /// <summary>Sums a manifest up.</summary>
    public static BackupSummary Of(BackupManifest set, SetProof proof, bool held) => new(
        set.Label, set.Site, set.CommittedAt, set.RecoveryPoint, set.Databases.Count, set.Databases.Sum(database => database.StoredBytes),
        set.Artifacts.Objects, set.Artifacts.Bytes, set.Artifacts.FetchedBytes, set.Api.DownSeconds,
        (set.CommittedAt - set.StartedAt).TotalSeconds, set.Configuration is not null, set.Complete, set.Warnings.Count, held, proof);
}

/// <summary>A page of sets.</summary>
/// <param name="Backups">Newest first.</param>
/// <param name="Damaged">Committed sets of this page that cannot be read, newest first: they are no longer what was written.</param>
/// <param name="Before">Pass it as <c>?before=</c> for the next page; null on the last.</param>
public sealed record BackupPage(IReadOnlyList<BackupSummary> Backups, IReadOnlyList<DamagedSet> Damaged, string? Before);
