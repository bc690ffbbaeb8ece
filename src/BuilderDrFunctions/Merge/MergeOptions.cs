using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Merge;

/// <summary>How legacy databases are merged: section <c>Merge</c>.</summary>
public sealed class MergeOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Merge";

    /// <summary>The default of <see cref="Parallelism"/>: on two processors, four copies at once took a fifth longer than two.</summary>
    internal const int DefaultParallelism = 2;

    /// <summary>The oldest backup set that a merge takes for a fresh one, if it holds the databases exactly as they are. Default: 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan BackupMaxAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Tables, or ranges of them, that a merge of databases copies at once. Each keeps two of the server's processes busy: as many as it has processors
    /// is about right. Default: 2.
    /// </summary>
    [Range(1, 32)]
    public int Parallelism { get; init; } = DefaultParallelism;

    /// <summary>Bytes to be left free on the server's disk. Default: 256 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long DiskReserveBytes { get; init; } = 256L * 1024 * 1024;
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class MergeOptionsValidator : IValidateOptions<MergeOptions>;
