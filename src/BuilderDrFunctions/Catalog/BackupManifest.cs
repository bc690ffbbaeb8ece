using System.Text.Json.Serialization;

namespace BuilderDrFunctions.Catalog;

/// <summary>A committed backup set: everything it holds, with size and digest of each file. Written last; immutable.</summary>
/// <param name="Format">Version of this format: <see cref="CurrentFormat"/>.</param>
/// <param name="Label">The set's id.</param>
/// <param name="Site">The Builder it was taken of.</param>
/// <param name="OperationId">The run that took it.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="CommittedAt">UTC.</param>
/// <param name="RecoveryPoint">UTC; the moment of the dump's snapshot: what was written to Builder later is not in the set.</param>
/// <param name="Api">How the API was treated.</param>
/// <param name="Databases">One dump each.</param>
/// <param name="Artifacts">The artifacts, by inventory.</param>
/// <param name="Configuration">Keys and configuration; null when they were not stored, which <paramref name="Warnings"/> says too.</param>
/// <param name="Warnings">What an operator must know of this set.</param>
/// <param name="Files">Every file of the set but this one.</param>
public sealed record BackupManifest(
    int Format,
    string Label,
    string Site,
    string OperationId,
    DateTimeOffset StartedAt,
    DateTimeOffset CommittedAt,
    DateTimeOffset RecoveryPoint,
    ApiRecord Api,
    IReadOnlyList<DatabaseRecord> Databases,
    ArtifactsRecord Artifacts,
    ConfigurationRecord? Configuration,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<SetFile> Files)
{
    /// <summary>The version this program writes. Others are refused.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Whether every package of the dump has its artifact, as the database says it must be.</summary>
    public bool Complete => !Artifacts.Counts.IsIncomplete;

    /// <summary>Bytes of the set's own files and of the artifacts it names.</summary>
    public long TotalBytes => Files.Sum(file => file.Bytes) + Artifacts.Bytes;

    /// <summary>SHA-256 of the file with 64 zeros in this one's place; set when it is written.</summary>
    [JsonPropertyOrder(1)]
    public string Seal { get; init; } = "";
}

/// <summary>A file of a set.</summary>
/// <param name="Path">Relative to the set.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record SetFile(string Path, long Bytes, string Sha256);

/// <summary>How the API was treated.</summary>
/// <param name="Quiesced">It was stopped for the dump.</param>
/// <param name="DownSeconds">From the stop's request until it answered again; 0 when it was not stopped.</param>
/// <param name="Note">What else there is to know, such as that it was down before.</param>
public sealed record ApiRecord(bool Quiesced, double DownSeconds, string? Note);

/// <summary>One database's dump.</summary>
/// <param name="Name">The database.</param>
/// <param name="Path">The dump, relative to the set.</param>
/// <param name="Compression"><c>zstd</c>: restore with <c>zstd -dc FILE | pg_restore</c>; <c>gzip</c>: with <c>pg_restore FILE</c>.</param>
/// <param name="StoredBytes">Size as stored.</param>
/// <param name="ArchiveBytes">Size of the custom-format archive that pg_dump wrote.</param>
/// <param name="ServerVersion">PostgreSQL's.</param>
/// <param name="ToolVersion">pg_dump's.</param>
/// <param name="Rows">In all tables.</param>
/// <param name="Tables">How many.</param>
/// <param name="FingerprintPath">The fingerprint, relative to the set.</param>
/// <param name="FingerprintDigest">Its digest over all tables.</param>
/// <param name="Seconds">How long the dump took.</param>
public sealed record DatabaseRecord(
    string Name, string Path, string Compression, long StoredBytes, long ArchiveBytes, string ServerVersion, string ToolVersion,
    long Rows, int Tables, string FingerprintPath, string FingerprintDigest, double Seconds);

/// <summary>The artifacts of a set.</summary>
/// <param name="InventoryPath">Relative to the set.</param>
/// <param name="Objects">How many it lists.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="FetchedObjects">Fetched by this run; the others were in the vault.</param>
/// <param name="FetchedBytes">Their sizes together.</param>
/// <param name="Counts">How many objects got which verdict.</param>
public sealed record ArtifactsRecord(
    string InventoryPath, long Objects, long Bytes, long FetchedObjects, long FetchedBytes, InventoryCounts Counts);

/// <summary>Keys and configuration of a set.</summary>
/// <param name="Path">Relative to the set.</param>
/// <param name="KeyRevisions">The Builder keys it holds, such as <c>bldr-20261122020000</c>.</param>
/// <param name="Present">Files it holds.</param>
/// <param name="Absent">Files and patterns that were looked for and not there.</param>
public sealed record ConfigurationRecord(string Path, IReadOnlyList<string> KeyRevisions, int Present, IReadOnlyList<string> Absent)
{
    /// <summary>Where Habitat lay on that host, and so the files; null in sets of earlier versions: as a restore's own site says.</summary>
    public string? HabRoot { get; init; }
}
