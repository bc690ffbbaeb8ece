using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Recovery;

/// <summary>What backups and recoveries are to achieve: section <c>Objectives</c>.</summary>
public sealed class RecoveryObjectives
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Objectives";

    /// <summary>How old the newest recovery point may become: what was written to Builder since would be lost. Default: 26 hours, a night and two hours.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "366.00:00:00")]
    public TimeSpan Rpo { get; init; } = TimeSpan.FromHours(26);

    /// <summary>The longest a recovery may take. Default: none.</summary>
    public TimeSpan? Rto { get; init; }
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class RecoveryObjectivesValidator : IValidateOptions<RecoveryObjectives>;
