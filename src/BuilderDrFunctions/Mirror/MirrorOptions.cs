using System.ComponentModel.DataAnnotations;
using BuilderDrFunctions.Durability;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Mirror;

/// <summary>How artifacts are transferred: section <c>Mirror</c>, the same for all sites. Limits hold per worker process.</summary>
public sealed class MirrorOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Mirror";

    /// <summary>Bytes per second read from buckets by one worker; 0, the default: as fast as it goes.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBytesPerSecond { get; init; }

    /// <summary>Objects transferred at once by one worker, whatever the number of its batches.</summary>
    [Range(1, 256)]
    public int Parallelism { get; init; } = 16;

    /// <summary>The most objects in one batch, the unit that is retried and resumed.</summary>
    [Range(1, 5000)]
    public int BatchObjects { get; init; } = 500;

    /// <summary>The most bytes in one batch (an object that is larger makes a batch of its own); default 1 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long BatchBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Batches under way at once over all workers.</summary>
    [Range(1, 256)]
    public int Window { get; init; } = 8;

    /// <summary>Parts of the bucket listed at once.</summary>
    [Range(1, 64)]
    public int ListParallelism { get; init; } = 4;

    /// <summary>Objects per part of the bucket, taken from the former inventory; each of those under way is held in memory.</summary>
    [Range(1, 100_000)]
    public int ListRangeObjects { get; init; } = 5000;

    /// <summary>How often a batch is begun before an object that the bucket's service still fails to give is noted as unreadable; while Builder's API is down it is tried once, and not at all where it was tried before.</summary>
    [Range(1, Retries.TransientAttempts)]
    public int UnreadableAfterAttempts { get; init; } = 3;
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class MirrorOptionsValidator : IValidateOptions<MirrorOptions>;
