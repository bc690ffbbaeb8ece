using System.Globalization;
using BuilderDrFunctions.LocalRuntime.Timers;
using CsCheck;
using Microsoft.Extensions.Configuration;

namespace BuilderDrFunctions.LocalRuntime.Tests.Timers;

/// <summary>Section 6 of the contract: NCRONTAB, settings in schedules, time zones.</summary>
public sealed class TimerScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("0 0 2 * * *", "2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z")]
    [InlineData("0 0 2 * * *", "2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z")]
    [InlineData("0 2 * * *", "2026-11-22T02:00:01Z", "2026-11-23T02:00:00Z")]
    [InlineData("*/15 * * * * *", "2026-11-22T00:00:14Z", "2026-11-22T00:00:15Z")]
    [InlineData("0 30 9 * * Mon-Fri", "2026-11-20T10:00:00Z", "2026-11-23T09:30:00Z")]
    [InlineData("0 0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 0 1 jan,jul *", "2026-02-01T00:00:00Z", "2026-07-01T00:00:00Z")]
    public void Gives_the_next_occurrence(string expression, string after, string next) =>
        Assert.Equal(Time(next), Read(expression).Next(Time(after)));

    [Theory]
    [InlineData("0 30 2 * * *", "2026-06-01T00:00:00Z", "2026-06-01T00:30:00Z")]
    [InlineData("0 30 2 * * *", "2026-12-01T00:00:00Z", "2026-12-01T01:30:00Z")]
    public void Reads_the_schedule_in_the_time_zone(string expression, string after, string next) =>
        Assert.Equal(Time(next), Read(expression, Berlin).Next(Time(after)));

    [Fact]
    public void An_hour_that_the_clocks_skip_occurs_when_the_gap_ends()
    {
        // 2026-03-29 02:00 CET becomes 03:00 CEST: 02:30 does not exist
        Assert.Equal(Time("2026-03-29T01:00:00Z"), Read("0 30 2 * * *", Berlin).Next(Time("2026-03-28T12:00:00Z")));
    }

    [Fact]
    public void An_hour_that_the_clocks_repeat_occurs_once()
    {
        // 2026-10-25 03:00 CEST becomes 02:00 CET: 02:30 exists twice
        var schedule = Read("0 30 2 * * *", Berlin);
        var first = schedule.Next(Time("2026-10-24T12:00:00Z"));
        Assert.Equal(Time("2026-10-25T00:30:00Z"), first);
        Assert.Equal(Time("2026-10-26T01:30:00Z"), schedule.Next(first));
    }

    [Fact]
    public void A_schedule_for_every_hour_goes_by_elapsed_time_across_both_changes_of_the_clocks()
    {
        foreach (var day in new[] { "2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z" })
        {
            var schedule = Read("0 */10 * * * *", Berlin);
            var time = Time(day);
            for (var count = 0; count < 24; count++)
            {
                Assert.Equal(time.AddMinutes(10), schedule.Next(time));
                time = time.AddMinutes(10);
            }
        }
    }

    [Fact]
    public void The_next_occurrence_is_always_later_and_none_lies_between() => Gen.Select(
            Gen.OneOf(Gen.Const("0 0 2 * * *"), Gen.Const("0 */5 * * * *"), Gen.Const("0 30 2 * * Sun"), Gen.Const("15 10 1-3 * * *"), Gen.Const("0 0 */6 * * *")),
            Gen.Long[Time("2026-01-01T00:00:00Z").Ticks, Time("2027-01-01T00:00:00Z").Ticks],
            Gen.OneOf(Gen.Const(TimeZoneInfo.Utc), Gen.Const(Berlin), Gen.Const(TimeZoneInfo.FindSystemTimeZoneById("America/New_York"))))
        .Sample((expression, ticks, zone) =>
        {
            var schedule = Read(expression, zone);
            var after = new DateTimeOffset(ticks, TimeSpan.Zero);
            var next = schedule.Next(after);
            return next > after && schedule.Next(next.AddTicks(-1)) == next && schedule.Next(after + ((next - after) / 2)) == next;
        });

    [Theory]
    [InlineData("%Schedules:Backup%")]
    [InlineData("%Schedules__Backup%")]
    [InlineData("0 0 %Hour% * * *")]
    public void Replaces_settings_by_their_values(string text)
    {
        var settings = Settings(("Schedules:Backup", "0 0 3 * * *"), ("Hour", "3"));
        Assert.True(TimerSchedule.TryRead(text, settings, TimeZoneInfo.Utc, out var schedule, out _));
        Assert.Equal(Time("2026-01-01T03:00:00Z"), schedule.Next(Time("2026-01-01T00:00:00Z")));
    }

    [Theory]
    [InlineData("%Missing%", "'Missing'")]
    [InlineData("0 0 2 * *  * *", "7 fields")]
    [InlineData("00:05:00", "1 fields")]
    [InlineData("0 0 25 * * *", "not NCRONTAB")]
    [InlineData("0 0 0 30 2 *", "never occurs")]
    [InlineData("", "0 fields")]
    public void Says_why_a_schedule_cannot_be_used(string text, string reason)
    {
        Assert.False(TimerSchedule.TryRead(text, Settings(), TimeZoneInfo.Utc, out _, out var why));
        Assert.Contains(reason, why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*/10 * * * * *", true)]
    [InlineData("0 * * * * *", false)]
    [InlineData("0 0 2 * * *", false)]
    public void Knows_schedules_finer_than_a_minute(string expression, bool finer) =>
        Assert.Equal(finer, Read(expression).IsFinerThanAMinute(Time("2026-01-01T00:00:00Z")));

    private static TimerSchedule Read(string expression, TimeZoneInfo? zone = null)
    {
        Assert.True(TimerSchedule.TryRead(expression, Settings(), zone ?? TimeZoneInfo.Utc, out var schedule, out var why), why);
        return schedule;
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static IConfiguration Settings(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)))
        .Build();
}
