using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Verify;

/// <summary>How sets are verified: section <c>Verify</c>.</summary>
public sealed class VerifyOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Verify";

    /// <summary>Bytes per second read from the first vault by one worker process; 0, the default: as fast as it goes.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBytesPerSecond { get; init; }

    /// <summary>Reads the set in the second vault too, where there is one, and copies anew what is damaged or lost there. Default: true; false where reading it costs too much.</summary>
    public bool SecondVault { get; init; } = true;

    /// <summary>Files and batches under way at once over all workers. Default: 4.</summary>
    [Range(1, 256)]
    public int Window { get; init; } = 4;
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class VerifyOptionsValidator : IValidateOptions<VerifyOptions>;
