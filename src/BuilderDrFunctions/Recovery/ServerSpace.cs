using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Recovery;

/// <summary>The room that a set's databases take on a server.</summary>
internal static class ServerSpace
{
    // Rows as text become rows and indexes: twice as much on Builder's tables, measured with 200,000 packages. gzip shrinks them to about a tenth.
    private const int DiskPerArchiveByte = 2;
    private const int ArchivePerGzipByte = 10;

    /// <summary>About how many bytes they will take on the server's disk.</summary>
    public static long BytesFor(BackupManifest set) => set.Databases.Sum(database =>
        DiskPerArchiveByte * (SetFiles.CompressionOf(database) == DumpCompression.Zstd ? database.ArchiveBytes : database.StoredBytes * ArchivePerGzipByte));
}
