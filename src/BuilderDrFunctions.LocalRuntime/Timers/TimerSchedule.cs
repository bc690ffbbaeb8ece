using System.Text.RegularExpressions;
using NCrontab;

namespace BuilderDrFunctions.LocalRuntime.Timers;

/// <summary>When a timer is due: NCRONTAB read in one time zone.</summary>
/// <remarks>
/// Across a change of the clocks, schedules for every hour (hour field <c>*</c> or <c>*/n</c>) go by elapsed time;
/// a fixed hour occurs once: at the end of the gap when the clocks skip it, at its first passing when they repeat it.
/// </remarks>
internal sealed partial class TimerSchedule
{
    private readonly CrontabSchedule _cron;
    private readonly TimeZoneInfo _zone;
    private readonly bool _everyHour;

    private TimerSchedule(CrontabSchedule cron, TimeZoneInfo zone, bool everyHour) => (_cron, _zone, _everyHour) = (cron, zone, everyHour);

    /// <summary>Reads a schedule after replacing <c>%SETTING%</c>; false with the reason when it cannot be used.</summary>
    public static bool TryRead(
        string text, IConfiguration settings, TimeZoneInfo zone, [NotNullWhen(true)] out TimerSchedule? schedule, [NotNullWhen(false)] out string? why)
    {
        var missing = new List<string>();
        var expression = SettingName().Replace(text, match =>
        {
            var name = match.Groups["name"].Value;
            var value = settings[name] ?? settings[name.Replace("__", ":", StringComparison.Ordinal)];
            missing.AddRange(value is null ? [$"'{name}'"] : []);
            return value ?? "";
        });
        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var cron = CrontabSchedule.TryParse(expression, new CrontabSchedule.ParseOptions { IncludingSeconds = fields.Length == 6 });
        schedule = cron is null || fields.Length is not (5 or 6) ? null : new TimerSchedule(cron, zone, everyHour: fields[^4].StartsWith('*'));
        why = missing.Count > 0 ? $"there is no app setting {string.Join(", ", missing)} for '{text}'."
            : fields.Length is not (5 or 6) ? $"'{expression}' has {fields.Length} fields; NCRONTAB has 5 or, with seconds first, 6."
            : schedule is null ? $"'{expression}' is not NCRONTAB."
            : schedule.NextLocal(new DateTime(2024, 1, 1)) is null ? $"'{expression}' never occurs."
            : null;
        return why is null;
    }

    /// <summary>The first occurrence later than the given time; both UTC.</summary>
    public DateTimeOffset Next(DateTimeOffset after)
    {
        if (_everyHour)
        {
            return NextByElapsedTime(after);
        }

        var local = TimeZoneInfo.ConvertTime(after, _zone).DateTime;
        while (true)
        {
            local = NextOrThrow(local);
            var next = ToUtc(local);
            if (next > after)
            {
                return next;
            }
        }
    }

    /// <summary>The shortest time between the next two occurrences tells whether the schedule is finer than a minute.</summary>
    public bool IsFinerThanAMinute(DateTimeOffset now)
    {
        var first = Next(now);
        return Next(first) - first < TimeSpan.FromMinutes(1);
    }

    private DateTimeOffset NextByElapsedTime(DateTimeOffset after)
    {
        // within one offset local time is elapsed time; where the offset changes, go on from the change
        var offset = _zone.GetUtcOffset(after);
        var next = NextIn(after, offset);
        if (_zone.GetUtcOffset(next) == offset)
        {
            return next;
        }

        var change = OffsetChange(after, next);
        return NextIn(change.AddTicks(-1), _zone.GetUtcOffset(change));
    }

    private DateTimeOffset NextIn(DateTimeOffset after, TimeSpan offset) =>
        new DateTimeOffset(NextOrThrow(after.ToOffset(offset).DateTime), offset).ToUniversalTime();

    private DateTimeOffset OffsetChange(DateTimeOffset before, DateTimeOffset after)
    {
        var offset = _zone.GetUtcOffset(before);
        while (after - before > TimeSpan.FromSeconds(1))
        {
            var middle = before + ((after - before) / 2);
            (before, after) = _zone.GetUtcOffset(middle) == offset ? (middle, after) : (before, middle);
        }

        return new DateTimeOffset(after.UtcTicks - (after.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
    }

    private DateTime NextOrThrow(DateTime after) =>
        NextLocal(after) ?? throw new InvalidOperationException($"The schedule '{_cron}' has no occurrence after {after:s}.");

    private DateTime? NextLocal(DateTime after)
    {
        // eight years hold every leap day there is
        var end = after.AddYears(9);
        return _cron.GetNextOccurrence(after, end) is var next && next < end ? next : null;
    }

    private DateTimeOffset ToUtc(DateTime local)
    {
        if (_zone.IsInvalidTime(local))
        {
            // the gap's end, so that occurrences keep their order and none is lost between the two clocks
            var (before, after) = (local.AddHours(-3), local.AddHours(3));
            return OffsetChange(new DateTimeOffset(before, _zone.GetUtcOffset(before)), new DateTimeOffset(after, _zone.GetUtcOffset(after)));
        }

        var offset = _zone.IsAmbiguousTime(local) ? _zone.GetAmbiguousTimeOffsets(local).Max() : _zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    [GeneratedRegex("%(?<name>[^%]+)%", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SettingName();
}
