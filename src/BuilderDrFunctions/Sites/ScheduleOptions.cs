using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Sites;

/// <summary>When things happen by themselves: section <c>Schedules</c>. Six-field NCRONTAB, seconds first, UTC.</summary>
/// <remarks>The host resolves the triggers' own expressions; the defaults are repeated in appsettings.json for it.</remarks>
public sealed class ScheduleOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Schedules";

    /// <summary>When the nightly backup runs. Default: 02:00 UTC.</summary>
    [Required]
    public string Backup { get; init; } = "0 0 2 * * *";

    /// <summary>When the newest set of every site is read again. Default: 04:00 UTC on the first of every month.</summary>
    [Required]
    public string Verify { get; init; } = "0 0 4 1 * *";

    /// <summary>When a restore is rehearsed. Default: 05:00 UTC on Sundays.</summary>
    [Required]
    public string Drill { get; init; } = "0 0 5 * * 0";

    /// <summary>When the spare is refreshed; nothing happens without <c>Spare__Site</c>. Default: 06:00 UTC.</summary>
    [Required]
    public string Spare { get; init; } = "0 0 6 * * *";

    /// <summary>The one site the nightly backup covers. Default: empty, which means every site.</summary>
    public string Site { get; init; } = "";
}

/// <summary>Refuses to schedule backups of a site that there is not: every night would fail, and no site be backed up.</summary>
/// <param name="sites">The names in the settings; their own faults are told elsewhere.</param>
public sealed class ScheduleOptionsValidator(Func<IReadOnlyList<string>> sites) : IValidateOptions<ScheduleOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ScheduleOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var known = sites();
        return options.Site.Length == 0 || known.Count == 0 || known.Contains(options.Site, StringComparer.Ordinal)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(SiteFaults.UnknownIn("Schedules__Site", options.Site, known).Message);
    }
}
