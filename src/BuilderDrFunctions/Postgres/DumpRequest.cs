using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>What is to be dumped and how it is stored.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Compression">Zstandard on the way unless gzip is asked for.</param>
public sealed record DumpRequest(string Database, DumpCompression Compression = DumpCompression.Zstd)
{
    /// <summary>Reads more of what was dumped, in the same snapshot, once the dump is written; null: nothing.</summary>
    public Func<NpgsqlConnection, CancellationToken, Task>? ReadInSnapshot { get; init; }
}

/// <summary>How a dump is compressed.</summary>
public enum DumpCompression
{
    /// <summary>pg_dump writes an uncompressed archive and this app compresses it, on several cores: <c>zstd -dc file | pg_restore</c>.</summary>
    Zstd,

    /// <summary>pg_dump compresses with its own zlib: <c>pg_restore file</c>.</summary>
    Gzip,
}

/// <summary>How far a dump has come.</summary>
/// <param name="ArchiveBytes">Read from pg_dump so far.</param>
/// <param name="StoredBytes">Written to the destination so far.</param>
/// <param name="TablesFingerprinted">Tables whose digest is known.</param>
/// <param name="Tables">All tables.</param>
public sealed record DumpProgress(long ArchiveBytes, long StoredBytes, int TablesFingerprinted, int Tables);

/// <summary>A dump that went well. The bytes are written; it is the caller who commits them.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Compression">How the bytes are stored.</param>
/// <param name="StoredBytes">How many were written.</param>
/// <param name="StoredSha256">Their SHA-256, lower-case hex.</param>
/// <param name="ArchiveBytes">How many pg_dump wrote.</param>
/// <param name="ServerVersion">Such as <c>15.13</c>.</param>
/// <param name="ToolVersion">pg_dump's, such as <c>15.13</c>.</param>
/// <param name="Fingerprint">Of the very snapshot that was dumped.</param>
/// <param name="Elapsed">From begin to end.</param>
/// <param name="SnapshotHeld">How long the exporting transaction held the server's vacuum horizon back.</param>
public sealed record DumpFacts(
    string Database,
    DumpCompression Compression,
    long StoredBytes,
    string StoredSha256,
    long ArchiveBytes,
    string ServerVersion,
    string ToolVersion,
    DatabaseFingerprint Fingerprint,
    TimeSpan Elapsed,
    TimeSpan SnapshotHeld);
