using System.ComponentModel.DataAnnotations;

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
