using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Backup;

/// <summary>How databases are dumped: section <c>Dump</c>.</summary>
public sealed class DumpOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Dump";

    /// <summary><c>zstd</c>: pg_dump writes uncompressed and this app compresses on several cores; <c>gzip</c>: pg_dump's own zlib at level 5, half as long again. Default: zstd.</summary>
    public DumpCompression Compression { get; init; } = DumpCompression.Zstd;
}
