using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using NCrontab;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Did the nightly backup begin when it was last due: the proof that the schedule lives is what it does.</summary>
public sealed class ScheduleCheck(IOptions<ScheduleOptions> schedules, IOptions<MonitoringOptions> options, IConfiguration configuration, TimeProvider time)
{
    // Far enough back for a yearly schedule; near ones are tried first, because every occurrence in between is counted through.
    private static readonly TimeSpan[] Reaches = [TimeSpan.FromHours(2), TimeSpan.FromDays(2), TimeSpan.FromDays(35), TimeSpan.FromDays(370)];

    /// <summary>Any backup of the site that began since the last due time, or was under way then, is proof.</summary>
    public HealthCheck Check(string site, RunLedger runs)
    {
        if (schedules.Value.Site is { Length: > 0 } one && one != site)
        {
            return new HealthCheck("schedule", site, HealthStatus.Ok, "the schedule does not cover this site");
        }

        if (LastDue(time.GetUtcNow() - options.Value.ScheduleGrace) is not { } due || due <= runs.Since)
        {
            return new HealthCheck("schedule", site, HealthStatus.Ok, $"the first backup by schedule ('{schedules.Value.Backup}') is not due yet");
        }

        var isAlive = runs.Running(site, "backup").Any() || runs.Find(site, "backup")?.EndedAt >= due || runs.FindCanceled(site, "backup")?.EndedAt >= due;
        return (isAlive
            ? new HealthCheck("schedule", site, HealthStatus.Ok, $"the backup due at {due:u} began")
            : HealthChecks.Of(
                "schedule", site, HealthStatus.Critical,
                HeldBy(site, due, runs) is { } holder ? HealthFaults.ScheduleSkipped(site, due, holder) : HealthFaults.ScheduleDead(site, due))) with
        { At = due };
    }

    /// <summary>The operation that held the site when the backup was due; a verification holds none.</summary>
    private static string? HeldBy(string site, DateTimeOffset due, RunLedger runs) =>
        runs.Last.Concat(runs.Canceled ?? []).Where(run => run.Site == site && run.Kind != VerifyVerdicts.Kind && run.BegunAt <= due && run.EndedAt >= due).Select(run => run.Id)
            .Concat(runs.Running(site).Where(run => run.Kind != VerifyVerdicts.Kind && run.At <= due).Select(run => run.ToString()))
            .FirstOrDefault();

    private DateTimeOffset? LastDue(DateTimeOffset before)
    {
        var fields = schedules.Value.Backup.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (CrontabSchedule.TryParse(schedules.Value.Backup, new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 }) is not { } schedule)
        {
            return null;
        }

        var zone = configuration["WEBSITE_TIME_ZONE"] is { Length: > 0 } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : TimeZoneInfo.Utc;
        var local = TimeZoneInfo.ConvertTime(before, zone).DateTime;
        foreach (var reach in Reaches)
        {
            if (schedule.GetNextOccurrences(local - reach, local).Select(at => (DateTime?)at).LastOrDefault() is { } due)
            {
                return new DateTimeOffset(due, zone.GetUtcOffset(due)).ToUniversalTime();
            }
        }

        return null;
    }
}
