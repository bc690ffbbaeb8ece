using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;

namespace BuilderDrFunctions.Backup;

/// <summary>What the preflight found: the plan of this run.</summary>
/// <param name="Databases">To be dumped.</param>
/// <param name="StopsApi">The API is up, can be controlled, and is to be stopped.</param>
/// <param name="ApiNote">What else there is to know of the API.</param>
/// <param name="BaseInventory">The newest committed set's inventory, from the vault's root; null on the first run.</param>
/// <param name="CapturesConfiguration">Keys and configuration can be read and encrypted.</param>
/// <param name="Warnings">What an operator must know.</param>
public sealed record PreflightReport(
    IReadOnlyList<string> Databases, bool StopsApi, string? ApiNote, string? BaseInventory, bool CapturesConfiguration, IReadOnlyList<string> Warnings)
{
    /// <summary>There is a second vault to be filled.</summary>
    public bool Copies { get; init; }

    /// <summary>Lists of stored objects that verifications found damaged or lost (<see cref="DamagedObjects"/>).</summary>
    public IReadOnlyList<string> Damaged { get; init; } = [];
}

/// <summary>Tells an activity which database to dump.</summary>
public sealed record DumpOrder(string OperationId, string Site, string Label, string Database);

/// <summary>A stored dump.</summary>
/// <param name="SnapshotAt">UTC; the moment the dump shows.</param>
/// <param name="Database">What the manifest says of it.</param>
/// <param name="Files">The files written.</param>
/// <param name="ChecksumsPath">What each artifact must hash to, from the vault's root; null where the database has no packages.</param>
public sealed record DumpReceipt(DateTimeOffset SnapshotAt, DatabaseRecord Database, IReadOnlyList<SetFile> Files, string? ChecksumsPath);

/// <summary>Stored keys and configuration.</summary>
public sealed record ConfigurationReceipt(ConfigurationRecord Configuration, SetFile File);

/// <summary>Everything that goes into a manifest.</summary>
public sealed record CommitOrder(
    BackupOrder Order, DateTimeOffset StartedAt, PreflightReport Preflight, ApiRecord Api, IReadOnlyList<DumpReceipt> Dumps,
    MirrorReceipt Warm, MirrorReceipt Delta, ConfigurationReceipt? Configuration);

/// <summary>The outcome of a backup, as its operation shows it.</summary>
public sealed record BackupReceipt(string Label, string Site, bool Complete, long TotalBytes, double ApiDownSeconds, IReadOnlyList<string> Warnings)
{
    /// <summary>What was copied to the second vault; null where there is none.</summary>
    public CopyOutcome? Copy { get; init; }

    /// <summary>What became of old sets; null where none were to expire.</summary>
    public ExpiryOutcome? Expiry { get; init; }

    /// <summary>What became of old sets in the second vault; null where none were to expire.</summary>
    public ExpiryOutcome? CopyExpiry { get; init; }
}

/// <summary>What was copied to the second vault. Its failure is no failure of the backup.</summary>
/// <param name="Sets">Copied whole: this one, and those that were still to come.</param>
/// <param name="Objects">Artifacts copied.</param>
/// <param name="Bytes">Of artifacts and files.</param>
/// <param name="Problem">Why it failed, or which sets of either vault are damaged; null: neither.</param>
public sealed record CopyOutcome(int Sets, long Objects, long Bytes, string? Problem);

/// <summary>What the expiry behind a scheduled backup did. Its failure is no failure of the backup.</summary>
/// <param name="Expired">Sets removed.</param>
/// <param name="Objects">Stored objects removed.</param>
/// <param name="FreedBytes">Of both.</param>
/// <param name="Problems">What the vault refused, or why the expiry failed.</param>
public sealed record ExpiryOutcome(int Expired, long Objects, long FreedBytes, IReadOnlyList<string> Problems);
