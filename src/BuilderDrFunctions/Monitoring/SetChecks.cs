using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Are the sets what they should be: recovery point, last run, verifications, drills.</summary>
public sealed class SetChecks(
    SetCatalog catalog, DrillVerdicts drills, IOptions<MonitoringOptions> options, IOptions<RecoveryObjectives> objectives, TimeProvider time)
{
    /// <summary>The newest set's recovery point against <c>Objectives__Rpo</c>, whether the set is complete, and what it warns of.</summary>
    /// <remarks>A set that cannot be read is passed over, and told: it is the one before it that a disaster would leave.</remarks>
    public async Task<HealthCheck> CheckRecoveryPointAsync(string site, CancellationToken cancellationToken)
    {
        var objective = objectives.Value.Rpo;
        var (set, damaged) = await catalog.FindNewestReadableAsync(site, cancellationToken);
        var now = time.GetUtcNow();
        var fault = set is not null && ClockRule.IsAhead(set, now) ? HealthFaults.FutureDated(set, vault: "", now)
            : damaged.Count > 0 ? HealthFaults.NewestDamaged(site, damaged, set is null ? null : Age(set.RecoveryPoint), objective)
            : set is null ? HealthFaults.NoSet(site)
            : null;
        var check = fault is null ? Judge(site, set!, objective) : HealthChecks.Of("recoveryPoint", site, HealthStatus.Critical, fault);
        return check with { At = set?.RecoveryPoint, AgeSeconds = Ages.Seconds(set?.RecoveryPoint, now), LimitSeconds = objective.TotalSeconds };
    }

    /// <summary>How the last backup ended; a canceled one makes none good and none bad.</summary>
    public HealthCheck CheckLastRun(string site, RunLedger runs)
    {
        var (last, canceled) = (runs.Find(site, "backup"), runs.FindCanceled(site, "backup"));
        var shown = last is { Outcome: RunOutcome.Failed } || canceled is null || last?.EndedAt > canceled.EndedAt ? last : canceled;
        if (shown is null)
        {
            return new HealthCheck("lastRun", site, HealthStatus.Ok, "no backup has ended yet");
        }

        var check = shown.Outcome switch
        {
            RunOutcome.Failed => HealthChecks.Of("lastRun", site, HealthStatus.Critical, HealthFaults.LastRunFailed(shown)),
            RunOutcome.Canceled => new HealthCheck("lastRun", site, HealthStatus.Ok, $"the last backup, {shown.Id}, was canceled"),
            _ => new HealthCheck("lastRun", site, HealthStatus.Ok, $"the last backup, {shown.Id}, succeeded"),
        };
        return check with { At = shown.EndedAt, AgeSeconds = Ages.Seconds(shown.EndedAt, time.GetUtcNow()) };
    }

    /// <summary>How the last verification ended, and how long ago.</summary>
    public Task<HealthCheck> CheckVerifyAsync(string site, RunLedger runs, CancellationToken cancellationToken)
    {
        var last = runs.Find(site, "verify");
        var finding = last switch
        {
            { Outcome: RunOutcome.Failed } => HealthChecks.Of("verify", site, HealthStatus.Critical, HealthFaults.LastRunFailed(last)),
            { Error: { } damage } => HealthChecks.Of("verify", site, HealthStatus.Warning, HealthFaults.CopyNotMended(last, damage)),
            _ => null,
        };
        return CheckAgeAsync("verify", site, last?.EndedAt, options.Value.MaxVerifyAge, finding, runs, cancellationToken);
    }

    /// <summary>How the last drill ended, and how long ago.</summary>
    public async Task<HealthCheck> CheckDrillAsync(string site, RunLedger runs, CancellationToken cancellationToken)
    {
        // A drill that broke off leaves no verdict; the ledger knows of it.
        var last = runs.Find(site, "drill");
        var verdict = await drills.ListAsync(site, 1, cancellationToken) is [var newest, ..] ? newest : null;
        var brokeOff = last is { Outcome: RunOutcome.Failed } && (verdict is null || last.Id != verdict.OperationId && last.EndedAt > verdict.EndedAt) ? last : null;
        var fault = brokeOff is not null ? HealthFaults.LastRunFailed(brokeOff) : verdict is { Passed: false } ? OfVerdict(verdict) : null;
        var finding = fault is null ? null : HealthChecks.Of("drill", site, HealthStatus.Critical, fault);
        return await CheckAgeAsync("drill", site, brokeOff?.EndedAt ?? verdict?.EndedAt, options.Value.MaxDrillAge, finding, runs, cancellationToken);
    }

    private static FaultException OfVerdict(DrillVerdict verdict)
    {
        var worst = verdict.Findings.FirstOrDefault(finding => finding.Kind != DrillFindingKind.RtoMissed) ?? (verdict.Findings is [var first, ..] ? first : null);
        return worst is { Kind: DrillFindingKind.RtoMissed }
            ? HealthFaults.RecoveryTimeMissed(verdict.Site, worst.What)
            : HealthFaults.LastRunFailed(new EndedRun(verdict.OperationId, "drill", verdict.Site, verdict.BegunAt, verdict.EndedAt, RunOutcome.Failed, worst?.What));
    }

    private async Task<HealthCheck> CheckAgeAsync(
        string kind, string site, DateTimeOffset? at, TimeSpan limit, HealthCheck? finding, RunLedger runs, CancellationToken cancellationToken)
    {
        if (at is not { } ended)
        {
            // Never: no harm while the first one is not due. Retention may have taken the first set away; the ledger stays.
            var oldest = await catalog.ListAsync(site, cancellationToken) is [.., var first] ? Age(first.At < runs.Since ? first.At : runs.Since) : TimeSpan.Zero;
            return (oldest > limit
                ? HealthChecks.Of(kind, site, HealthStatus.Warning, HealthFaults.Overdue(kind, site, null, limit))
                : new HealthCheck(kind, site, HealthStatus.Ok, $"no {HealthFaults.Noun(kind)} has ended yet; the first is not overdue")) with
            { LimitSeconds = limit.TotalSeconds };
        }

        var age = Age(ended);
        var check = finding is { Status: HealthStatus.Critical } ? finding
            : ClockRule.IsAhead(ended, time.GetUtcNow()) ? HealthChecks.Of(kind, site, HealthStatus.Warning, HealthFaults.FutureDated(
                $"the end of the last {HealthFaults.Noun(kind)} of site '{site}'", ended, time.GetUtcNow(), "that run counts as the last one until its date has passed"))
            : age > limit ? HealthChecks.Of(kind, site, HealthStatus.Warning, HealthFaults.Overdue(kind, site, age, limit))
            : finding ?? new HealthCheck(kind, site, HealthStatus.Ok, $"the last {HealthFaults.Noun(kind)} passed {Ages.Say(age)} ago");
        return check with { At = ended, AgeSeconds = Ages.Seconds(ended, time.GetUtcNow()), LimitSeconds = limit.TotalSeconds };
    }

    private HealthCheck Judge(string site, BackupManifest set, TimeSpan objective)
    {
        var age = Age(set.RecoveryPoint);
        return age > objective ? HealthChecks.Of("recoveryPoint", site, HealthStatus.Critical, HealthFaults.ObjectiveMissed(site, age, objective))
            : !set.Complete ? HealthChecks.Of("recoveryPoint", site, HealthStatus.Critical, HealthFaults.SetIncomplete(set.Label, set.Warnings))
            : set.Warnings.Count > 0 ? HealthChecks.Of("recoveryPoint", site, HealthStatus.Warning, HealthFaults.SetHasWarnings(set.Label, set.Warnings))
            : new HealthCheck("recoveryPoint", site, HealthStatus.Ok, $"the newest recovery point is {Ages.Say(age)} old, within the objective of {Ages.Say(objective)}");
    }

    private TimeSpan Age(DateTimeOffset at) => time.GetUtcNow() - at;
}
