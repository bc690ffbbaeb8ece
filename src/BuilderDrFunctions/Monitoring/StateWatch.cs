using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Notifications;
using BuilderDrFunctions.Vault;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Notices that something changed, and has it told once.</summary>
/// <remarks>What was told is kept in the vault, and in memory besides: that the vault cannot be reached must be told too.</remarks>
public sealed class StateWatch(
    IVault vault, HealthChecks checks, RunWatch runs, Notifier notifier, IOptions<MonitoringOptions> options, TimeProvider time, ILogger<StateWatch> logger)
{
    /// <summary>Stands before the kind of a run that health has no check for.</summary>
    internal const string RunPrefix = "run:";

    private const string StatesPath = "monitoring/states.json";
    private const int StatesLimit = 1024 * 1024;
    private static readonly string[] CheckedKinds = ["backup", "verify", "drill"];

    private WatchedStates _memory = WatchedStates.None;
    private bool _isKept = true;
    private bool _isRead;

    /// <summary>Looks at everything. Telling comes before remembering; one change told twice has one id.</summary>
    public async Task LookAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var (told, version, isReadable) = await ReadAsync(cancellationToken);
        var report = await checks.CheckAsync(client, cancellationToken);
        List<HealthCheck> all = [.. report.Checks, .. isReadable ? await OtherRunsAsync(client, cancellationToken) : []];
        var (next, news) = told.Compare(all, time.GetUtcNow());
        foreach (var notification in news)
        {
            logger.StateChanged(notification.Subject, notification.Site ?? "", notification.Status, notification.Summary);
            await notifier.TellAsync(client, notification, cancellationToken);
        }

        _memory = next;
        _isKept &= isReadable;
        _isRead |= isReadable;
        if (isReadable && (!_isKept || news.Count > 0 || !next.States.OrderBy(state => state.Key, StringComparer.Ordinal).SequenceEqual(told.States.OrderBy(state => state.Key, StringComparer.Ordinal))))
        {
            await KeepAsync(next, version, cancellationToken);
        }
    }

    private async Task<(WatchedStates Told, string? Version, bool IsReadable)> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A vault that does not answer must not keep that from being told.
            var kept = await TimeLimit.RunAsync(
                options.Value.ProbeTimeout, token => vault.ReadNoteAsync(StatesPath, CatalogJson.Of<WatchedStates>(), StatesLimit, token), cancellationToken);
            if (kept.Damage is { } damage)
            {
                logger.StatesUnreadable(damage.What);
                _isKept = false;
            }

            // What could not be kept is newer than what was; but what was told before this app started is known from here alone.
            var told = kept.Value is not { } states ? _memory : _isKept ? states : _isRead ? _memory : states.With(_memory);
            return (told, kept.Version, true);
        }
        catch (FaultException fault)
        {
            logger.StatesUnreadable(FaultText.OneLine(fault.Message));
            return (_memory, null, false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            logger.StatesUnreadable(HealthFaults.ProbeTimedOut(options.Value.ProbeTimeout).What);
            return (_memory, null, false);
        }
    }

    private async Task KeepAsync(WatchedStates states, string? version, CancellationToken cancellationToken)
    {
        try
        {
            _isKept = false;
            await vault.TryReplaceAsync(StatesPath, JsonSerializer.SerializeToUtf8Bytes(states, CatalogJson.Options), version, cancellationToken);

            // Where another look was quicker, what it kept counts.
            _isKept = true;
        }
        catch (FaultException fault)
        {
            logger.StatesUnreadable(FaultText.OneLine(fault.Message));
        }
    }

    private async Task<IEnumerable<HealthCheck>> OtherRunsAsync(DurableTaskClient client, CancellationToken cancellationToken) =>
        (await runs.LookAsync(client, cancellationToken)).Ledger.Last
            .Where(run => !CheckedKinds.Contains(run.Kind, StringComparer.Ordinal))
            .Select(run => run.Outcome == RunOutcome.Failed
                ? HealthChecks.Of(RunPrefix + run.Kind, run.Site, HealthStatus.Critical, HealthFaults.LastRunFailed(run)) with { At = run.EndedAt }
                : new HealthCheck(RunPrefix + run.Kind, run.Site, HealthStatus.Ok, $"the last {run.Kind}, {run.Id}, succeeded", At: run.EndedAt));
}
