using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Sites;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Makes all checks side by side, each within its own time limit; one that fails hides no other.</summary>
public sealed class HealthChecks(
    ISiteDirectory sites, RunWatch runs, SetChecks sets, SecondCopyCheck copy, SpareCheck spare, ApiChecks apis, VaultCheck vault, ScheduleCheck schedule, SettingsCheck settings, IOptions<MonitoringOptions> options,
    TimeProvider time, ILogger<HealthChecks> logger)
{
    /// <summary>How everything is now.</summary>
    public async Task<HealthReport> CheckAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        // Several checks ask for the runs: one look for all of them.
        RunLedger? seen = null;
        var trouble = await GuardAsync("runs", null, async token => new HealthCheck(
            "runs", null, HealthStatus.Ok, $"{(seen = (await runs.LookAsync(client, token)).Ledger).Open.Count} runs are under way"), cancellationToken);
        Func<CancellationToken, Task<HealthCheck>> WithRuns(string name, string site, Func<RunLedger, CancellationToken, Task<HealthCheck>> check) =>
            token => seen is null ? Task.FromResult(trouble with { Name = name, Site = site }) : check(seen, token);
        List<Task<HealthCheck>> checks =
        [
            .. sites.Names.SelectMany(site => new[]
            {
                GuardAsync("recoveryPoint", site, token => sets.CheckRecoveryPointAsync(site, token), cancellationToken),
                GuardAsync("lastRun", site, WithRuns("lastRun", site, (ledger, _) => Task.FromResult(sets.CheckLastRun(site, ledger))), cancellationToken),
                GuardAsync("verify", site, WithRuns("verify", site, (ledger, token) => sets.CheckVerifyAsync(site, ledger, token)), cancellationToken),
                GuardAsync("drill", site, WithRuns("drill", site, (ledger, token) => sets.CheckDrillAsync(site, ledger, token)), cancellationToken),
                GuardAsync("api", site, token => apis.CheckApiAsync(site, client, token), cancellationToken, whenUnanswered: HealthStatus.Critical),
                GuardAsync("mustRestart", site, token => apis.CheckMustRestartAsync(site, client, token), cancellationToken),
                GuardAsync("schedule", site, WithRuns("schedule", site, (ledger, _) => Task.FromResult(schedule.Check(site, ledger))), cancellationToken),
            }),
            .. copy.IsNeeded
                ? sites.Names.Select(site => GuardAsync(
                    SecondCopyCheck.Name, site, token => copy.CheckAsync(site, token), cancellationToken, whenUnanswered: HealthStatus.Warning))
                : [],
            .. spare.Site is { } standIn ? [GuardAsync(SpareCheck.Name, standIn, token => spare.CheckAsync(standIn, token), cancellationToken)] : Array.Empty<Task<HealthCheck>>(),
            GuardAsync(SettingsCheck.Name, null, _ => Task.FromResult(settings.Check()), cancellationToken),
            GuardAsync(VaultCheck.Name, null, vault.CheckAsync, cancellationToken),
        ];
        return HealthReport.Of(time.GetUtcNow(), await Task.WhenAll(checks));
    }

    /// <summary>A check that found something wrong.</summary>
    internal static HealthCheck Of(string name, string? site, HealthStatus status, FaultException fault) =>
        new(name, site, status, fault.What, fault.Code, fault.Hint);

    /// <summary>A host that does not answer is down for all that can be known; of other checks nothing is known then.</summary>
    private async Task<HealthCheck> GuardAsync(
        string name, string? site, Func<CancellationToken, Task<HealthCheck>> check, CancellationToken cancellationToken, HealthStatus whenUnanswered = HealthStatus.Unknown)
    {
        try
        {
            return await TimeLimit.RunAsync(options.Value.ProbeTimeout, check, cancellationToken);
        }
        catch (FaultException fault)
        {
            return Of(name, site, fault is TransientFaultException ? whenUnanswered : HealthStatus.Unknown, fault);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Of(name, site, whenUnanswered, HealthFaults.ProbeTimedOut(options.Value.ProbeTimeout));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.ProbeFailed(exception, name, site ?? "");
            return Of(name, site, HealthStatus.Unknown, HealthFaults.ProbeFailed(exception.GetType().Name));
        }
    }
}
