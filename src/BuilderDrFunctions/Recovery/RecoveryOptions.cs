using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Recovery;

/// <summary>How sets are read back, by restores and drills: section <c>Restore</c>.</summary>
public sealed class RecoveryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Restore";

    /// <summary>Connections that load a database's rows, then pg_restore processes that make its indexes. Default: 2. With 1 the dump is streamed and not staged.</summary>
    [Range(1, 64)]
    public int Workers { get; init; } = 2;

    /// <summary>Memory on the database server for each process that makes an index, in bytes. Default: 256 MiB.</summary>
    [Range(1024 * 1024, 2L * 1024 * 1024 * 1024 - 1024)]
    public long IndexMemoryBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>
    /// Where a dump is staged, as it is stored, as a private file for parallel workers; where that is memory (tmpfs) it is streamed instead. Default:
    /// <c>/var/tmp</c>, which is on a disk where <c>/tmp</c> need not be.
    /// </summary>
    [Required]
    public string StagingFolder { get; init; } = OperatingSystem.IsWindows() ? Path.GetTempPath() : "/var/tmp";

    /// <summary>Bytes to be left free on the server's disk and in the staging folder. Default: 256 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long DiskReserveBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Artifacts copied back or verified at once by one worker process. Default: 16.</summary>
    [Range(1, 256)]
    public int Parallelism { get; init; } = 16;

    /// <summary>The most artifacts in one batch, the unit that is retried and resumed. Default: 500.</summary>
    [Range(1, 5000)]
    public int BatchObjects { get; init; } = 500;

    /// <summary>The most bytes in one batch; a larger artifact makes a batch of its own. Default: 1 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long BatchBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Batches under way at once over all workers. Default: 8.</summary>
    [Range(1, 256)]
    public int Window { get; init; } = 8;
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class RecoveryOptionsValidator : IValidateOptions<RecoveryOptions>;
