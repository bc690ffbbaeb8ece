using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Reads the figures of all sites from the catalog and the durable store.</summary>
public sealed class MetricsGathering(
    ISiteDirectory sites, SetCatalog catalog, CopyVault copy, DrillVerdicts drills, RunWatch runs, IOptions<RecoveryObjectives> objectives, IOptions<MonitoringOptions> options,
    TimeProvider time, ILogger<MetricsGathering> logger)
{
    /// <summary>The figures as of now. What cannot be read of one site is left out and logged; it takes away no other figure.</summary>
    public async Task<IReadOnlyList<Figure>> GatherAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var ledger = await LookAsync(client, cancellationToken);
        var figures = new List<Figure>();
        foreach (var site in sites.Names)
        {
            figures.Add(new Figure("builder_dr.recovery_point.objective", objectives.Value.Rpo.TotalSeconds, site));
            figures.AddRange(await TryAsync(site, token => SetsAsync(site, token), cancellationToken));
            figures.AddRange(await TryAsync(site, token => CopyAsync(site, token), cancellationToken));
            figures.AddRange(await TryAsync(site, token => DrillsAsync(site, token), cancellationToken));
            figures.AddRange(ledger.Last.Where(run => run.Site == site).SelectMany(Of));
            figures.AddRange(ledger.Running(site).Select(run => run.Kind).Concat(ledger.Last.Where(run => run.Site == site).Select(run => run.Kind))
                .Distinct(StringComparer.Ordinal).Select(kind => new Figure("builder_dr.operations.running", ledger.Running(site, kind).Count(), site, kind)));
        }

        return figures;
    }

    private async Task<RunLedger> LookAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        try
        {
            return (await TimeLimit.RunAsync(options.Value.ProbeTimeout, token => runs.LookAsync(client, token), cancellationToken)).Ledger;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HealthFaults.ProbeTimedOut(options.Value.ProbeTimeout);
        }
    }

    private async Task<IEnumerable<Figure>> TryAsync(string site, Func<CancellationToken, Task<IEnumerable<Figure>>> gather, CancellationToken cancellationToken)
    {
        try
        {
            // A vault that does not answer must not cost a scrape the figures that are there.
            return await TimeLimit.RunAsync(options.Value.ProbeTimeout, gather, cancellationToken);
        }
        catch (FaultException fault)
        {
            logger.FiguresMissing(site, FaultText.OneLine(fault.Message));
            return [];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            logger.FiguresMissing(site, HealthFaults.ProbeTimedOut(options.Value.ProbeTimeout).What);
            return [];
        }
    }

    private async Task<IEnumerable<Figure>> SetsAsync(string site, CancellationToken cancellationToken)
    {
        var (set, damaged) = await catalog.FindNewestReadableAsync(site, cancellationToken, time.GetUtcNow());
        return
        [
            new Figure("builder_dr.sets", await catalog.CountAsync(site, cancellationToken), site),
            new Figure("builder_dr.sets.damaged", damaged.Count, site),
            .. set is null ? [] : Of(site, set),
        ];
    }

    private async Task<IEnumerable<Figure>> CopyAsync(string site, CancellationToken cancellationToken) =>
        copy.IsConfigured && (await new SetCatalog(copy.Vault).FindNewestReadableAsync(site, cancellationToken, time.GetUtcNow())).Set is { } set
            ? [new Figure("builder_dr.copy.recovery_point.age", Age(set.RecoveryPoint), site)]
            : [];

    private async Task<IEnumerable<Figure>> DrillsAsync(string site, CancellationToken cancellationToken) =>
        (await drills.ListAsync(site, 1, cancellationToken)).Select(drill => new Figure("builder_dr.drill.recovery_time", drill.RecoverySeconds, site));

    private IEnumerable<Figure> Of(string site, BackupManifest set) =>
    [
        new("builder_dr.last_success.age", Age(set.CommittedAt), site),
        new("builder_dr.recovery_point.age", Age(set.RecoveryPoint), site),
        new("builder_dr.set.size", set.TotalBytes, site),
        new("builder_dr.set.dump.size", set.Databases.Sum(database => database.StoredBytes), site),
        new("builder_dr.set.artifacts", set.Artifacts.Objects, site),
        new("builder_dr.set.complete", set.Complete ? 1 : 0, site),
        new("builder_dr.set.warnings", set.Warnings.Count, site),
        new("builder_dr.backup.duration", (set.CommittedAt - set.StartedAt).TotalSeconds, site),
        new("builder_dr.backup.api_down", set.Api.DownSeconds, site),
    ];

    private IEnumerable<Figure> Of(EndedRun run) =>
    [
        new("builder_dr.run.succeeded", run.Outcome == RunOutcome.Succeeded ? 1 : 0, run.Site, run.Kind),
        new("builder_dr.run.duration", (run.EndedAt - run.BegunAt).TotalSeconds, run.Site, run.Kind),
        new("builder_dr.run.age", Age(run.EndedAt), run.Site, run.Kind),
    ];

    private double Age(DateTimeOffset at) => Math.Round((time.GetUtcNow() - at).TotalSeconds);
}
