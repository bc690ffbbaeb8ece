using System.Globalization;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Sites;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

/// <summary>The nightly backup in Berlin, whose clocks go from 02:00 to 03:00 on 2026-03-29 and from 03:00 to 02:00 on 2026-10-25.</summary>
public sealed class ScheduleCheckTests
{
    private const string AtTwo = "0 0 2 * * *";
    private const string AtHalfPastTwo = "0 30 2 * * *";

    [Theory]
    [InlineData(AtTwo, "2026-06-10T00:00Z", "2026-06-10T00:16Z")]
    [InlineData(AtTwo, "2026-10-25T00:00Z", "2026-10-25T00:30Z")]
    [InlineData(AtTwo, "2026-10-25T00:00Z", "2026-10-25T01:30Z")]
    [InlineData(AtTwo, "2026-10-25T00:00Z", "2026-10-26T01:14Z")]
    [InlineData(AtTwo, "2026-10-25T01:00Z", "2026-10-25T01:30Z")]
    [InlineData(AtHalfPastTwo, "2026-03-29T01:00Z", "2026-03-29T02:30Z")]
    [InlineData(AtHalfPastTwo, "2026-03-29T01:30Z", "2026-03-29T02:30Z")]
    public void A_backup_that_began_when_a_timer_may_begin_it_shows_that_the_schedule_lives(string schedule, string begun, string now) =>
        Assert.Equal(HealthStatus.Ok, Check(schedule, begun, now).Status);

    [Theory]
    [InlineData(AtTwo, "2026-10-24T00:00Z", "2026-10-25T01:14Z")]
    [InlineData(AtHalfPastTwo, "2026-03-28T01:30Z", "2026-03-29T01:44Z")]
    public void A_backup_that_may_still_begin_is_not_missed(string schedule, string last, string now) => Assert.Equal(HealthStatus.Ok, Check(schedule, last, now).Status);

    [Theory]
    [InlineData(AtTwo, "2026-06-09T00:00Z", "2026-06-10T00:16Z", "2026-06-10T00:00Z")]
    [InlineData(AtTwo, "2026-10-24T00:00Z", "2026-10-25T01:16Z", "2026-10-25T00:00Z")]
    [InlineData(AtTwo, "2026-10-25T00:00Z", "2026-10-26T01:16Z", "2026-10-26T01:00Z")]
    [InlineData(AtHalfPastTwo, "2026-03-28T01:30Z", "2026-03-29T01:46Z", "2026-03-29T01:00Z")]
    public void A_backup_that_did_not_begin_is_missed_once_every_timer_would_have_begun_it(string schedule, string last, string now, string due)
    {
        var check = Check(schedule, last, now);
        Assert.Equal((HealthStatus.Critical, "DR9007", Time(due)), (check.Status, check.Code, check.At));
    }

    // A backup takes ten minutes.
    private static HealthCheck Check(string schedule, string begun, string now)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("WEBSITE_TIME_ZONE", "Europe/Berlin")]).Build();
        var backup = new EndedRun(
            OperationId.New("backup", "main", Time(begun)).ToString(), "backup", "main", Time(begun), Time(begun).AddMinutes(10), RunOutcome.Succeeded, null);
        return new ScheduleCheck(
                Options.Create(new ScheduleOptions { Backup = schedule }), Options.Create(new MonitoringOptions()), settings, new FakeTimeProvider(Time(now)))
            .Check("main", RunLedger.Begin(Time("2026-01-01T00:00Z")) with { Last = [backup] });
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
