using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Retention;

/// <summary>Which sets stay: section <c>Retention</c>, the same for all sites. A set stays when any one rule keeps it. Days, weeks, months and years are UTC.</summary>
/// <remarks>Daily to yearly count the days, weeks, months and years that have a set, not those that went by: a Builder that was not backed up for a year loses nothing.</remarks>
public sealed class RetentionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Retention";

    /// <summary>The newest sets. Default: 7; at least 1.</summary>
    [Range(1, 10_000)]
    public int KeepLast { get; init; } = 7;

    /// <summary>Days of which the newest set is kept. Default: 14.</summary>
    [Range(0, 10_000)]
    public int Daily { get; init; } = 14;

    /// <summary>Weeks (ISO 8601, from Monday) of which the newest set is kept. Default: 8.</summary>
    [Range(0, 10_000)]
    public int Weekly { get; init; } = 8;

    /// <summary>Months of which the newest set is kept. Default: 12.</summary>
    [Range(0, 10_000)]
    public int Monthly { get; init; } = 12;

    /// <summary>Years of which the newest set is kept. Default: 3.</summary>
    [Range(0, 10_000)]
    public int Yearly { get; init; } = 3;

    /// <summary>No set goes before this age, counted from its recovery point. Default: 3 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan MinimumAge { get; init; } = TimeSpan.FromDays(3);

    /// <summary>So many sets stay that no verification found damaged, whatever else: the minimum redundancy. Default: 3; at least 1.</summary>
    [Range(1, 10_000)]
    public int MinimumSets { get; init; } = 3;

    /// <summary>How long an object that no set names is left alone, so that what a run is just uploading is safe. Default: 2 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Grace { get; init; } = TimeSpan.FromDays(2);

    /// <summary>Whether sets expire by themselves after every scheduled backup that succeeds. Default: true.</summary>
    public bool AfterBackup { get; init; } = true;
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class RetentionOptionsValidator : IValidateOptions<RetentionOptions>;
