namespace BuilderDrFunctions.Postgres;

/// <summary>What is restored into which existing, empty database.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Compression">How the dump is stored.</param>
/// <param name="OwnerRole">The role everything belongs to afterwards; null: the one that connects.</param>
/// <param name="WithGrants">False leaves out who was granted what: for a server that has not the same roles.</param>
public sealed record RestoreRequest(string Database, DumpCompression Compression, string? OwnerRole, bool WithGrants = true)
{
    /// <summary>Memory on the server for each process that makes an index; null: the server's own <c>maintenance_work_mem</c>.</summary>
    public long? IndexMemoryBytes { get; init; }
}

/// <summary>How a dump is staged.</summary>
/// <param name="Folder">Where; the files are private and go with the restore.</param>
/// <param name="Workers">How many processes restore from it.</param>
public sealed record RestoreStaging(string Folder, int Workers);

/// <summary>How far a restore has come.</summary>
/// <param name="Step">What is being done.</param>
/// <param name="StoredBytes">Read from the dump so far.</param>
public sealed record RestoreProgress(RestoreStep Step, long StoredBytes);

/// <summary>The steps of a restore.</summary>
public enum RestoreStep
{
    /// <summary>The dump is being read into a staged file.</summary>
    Staging,

    /// <summary>pg_restore is at work.</summary>
    Restoring,
}

/// <summary>A restore that went well.</summary>
/// <param name="Database">Its name.</param>
/// <param name="ArchiveBytes">Size of the uncompressed archive that pg_restore read; for gzip of the file itself.</param>
/// <param name="ToolVersion">pg_restore's.</param>
/// <param name="Elapsed">From begin to end.</param>
public sealed record RestoreFacts(string Database, long ArchiveBytes, string ToolVersion, TimeSpan Elapsed);

/// <summary>A restore that went well, and what arrived.</summary>
/// <param name="Restore">The restore.</param>
/// <param name="Fingerprint">Of what is in the database now.</param>
public sealed record RestoredFacts(RestoreFacts Restore, DatabaseFingerprint Fingerprint);

/// <summary>What <c>pg_restore --list</c> says of an archive.</summary>
/// <param name="ArchiveVersion">Format version of the archive, such as <c>1.14-0</c>.</param>
/// <param name="ServerVersion">Of the server it was dumped from.</param>
/// <param name="ToolVersion">Of the pg_dump that wrote it.</param>
/// <param name="Entries">Entries of its table of contents.</param>
/// <param name="Tables">Tables whose rows it holds.</param>
public sealed record ArchiveFacts(string ArchiveVersion, string ServerVersion, string ToolVersion, int Entries, int Tables);
