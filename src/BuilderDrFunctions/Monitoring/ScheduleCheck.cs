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

        if (LastDue(time.GetUtcNow() - options.Value.ScheduleGrace) is not { } due || due.First <= runs.Since)
        {
            return new HealthCheck("schedule", site, HealthStatus.Ok, $"the first backup by schedule ('{schedules.Value.Backup}') is not due yet");
        }

        var isAlive = runs.Running(site, "backup").Any() || runs.Find(site, "backup")?.EndedAt >= due.First || runs.FindCanceled(site, "backup")?.EndedAt >= due.First;
        return (isAlive
            ? new HealthCheck("schedule", site, HealthStatus.Ok, $"the backup due at {due.First:u} began")
            : HealthChecks.Of(
                "schedule", site, HealthStatus.Critical,
                HeldBy(site, due, runs) is { } holder ? HealthFaults.ScheduleSkipped(site, due.First, holder) : HealthFaults.ScheduleDead(site, due.First))) with
        { At = due.First };
    }

    /// <summary>The operation that held the site when the backup was due; a verification holds none.</summary>
    private static string? HeldBy(string site, (DateTimeOffset First, DateTimeOffset Last) due, RunLedger runs) =>
        runs.Last.Concat(runs.Canceled ?? []).Where(run => run.Site == site && run.Kind != VerifyVerdicts.Kind && run.BegunAt <= due.Last && run.EndedAt >= due.First).Select(run => run.Id)
            .Concat(runs.Running(site).Where(run => run.Kind != VerifyVerdicts.Kind && run.At <= due.Last).Select(run => run.ToString()))
            .FirstOrDefault();

    private (DateTimeOffset First, DateTimeOffset Last)? LastDue(DateTimeOffset before)
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
            var due = schedule.GetNextOccurrences(local - reach, local).Select(at => MomentsOf(at, zone)).Where(at => at.Last <= before).ToList();
            if (due.Count > 0)
            {
                return due[^1];
            }
        }

        return null;
    }

    /// <summary>When a local time is; where clocks change, timers may differ.</summary>
    /// <remarks>One that clocks skip begins where the gap ends, or on Azure as much later as it lies in the gap; one that they repeat at its first passing, by older timers at its second.</remarks>
    private static (DateTimeOffset First, DateTimeOffset Last) MomentsOf(DateTime local, TimeZoneInfo zone)
    {
        TimeSpan[] offsets = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local) : [zone.GetUtcOffset(local)];
        var moments = offsets.Select(offset => new DateTimeOffset(local, offset)).ToList();
        if (zone.IsInvalidTime(local))
        {
            // Clocks change at a full minute.
            var end = local;
            while (zone.IsInvalidTime(end))
            {
                end = end.AddSeconds(-end.Second).AddMinutes(1);
            }

            moments.Add(new DateTimeOffset(end, zone.GetUtcOffset(end)));
        }

        return (moments.Min().ToUniversalTime(), moments.Max().ToUniversalTime());
    }
}
