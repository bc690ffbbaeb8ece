using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Restore;

/// <summary>Keeps a spare Builder restored to the newest set that a verification passed.</summary>
public sealed class WarmSpare(
    SetCatalog catalog, SetProofs proofs, SpareRecords spares, OperationStarter starter, IOptions<SpareOptions> options, IOptions<RecoveryOptions> recovery,
    TimeProvider time, ILogger<WarmSpare> logger)
{
    /// <summary>Runs at <c>Schedules__Spare</c>, and does nothing while no spare is configured. The restore it starts is an operation like any other.</summary>
    [Function(nameof(WarmSpare))]
    public async Task RunAsync(
        [TimerTrigger("%Schedules:Spare%")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var spare = options.Value;
        if (!spare.IsOn)
        {
            return;
        }

        var now = time.GetUtcNow();
        if ((await catalog.FindNewestLabelAsync(spare.Source, now, cancellationToken)).Ahead is { } ahead)
        {
            logger.AheadPassedOver(ahead.Value, spare.Source);
        }

        IReadOnlyList<BackupLabel> labels = [.. (await catalog.ListAsync(spare.Source, cancellationToken)).Where(set => !ClockRule.IsAhead(set.At, now))];
        if (await FindNewestVerifiedAsync(spare.Source, labels, now, cancellationToken) is not { } label)
        {
            logger.NothingForSpare(spare.Site, spare.Source);
            return;
        }

        // A newer one may have failed a later verification: what the spare has of it was proved when it was restored.
        if (await spares.FindAsync(spare.Site, cancellationToken) is { Label: var shown }
            && labels.Any(set => set.Value == shown && string.CompareOrdinal(shown, label.Value) >= 0))
        {
            logger.SpareIsNewest(spare.Site, shown);
            return;
        }

        var id = OperationId.New("restore", spare.Site, now);
        var order = new RestoreOrder(id.ToString(), spare.Site, spare.Source, label.Value, RestoreMode.Replace, Parts: null, spare.Database, Prefix: "")
        {
            Spare = true,
            Window = recovery.Value.Window,
        };
        var trigger = timer.IsPastDue ? "timer, past due" : "timer";
        if (await starter.TryStartAsync(client, id, nameof(RestoreOrchestrator), order, trigger, cancellationToken) is { } running)
        {
            logger.SpareSkipped(spare.Site, running);
        }
    }

    private async Task<BackupLabel?> FindNewestVerifiedAsync(string site, IReadOnlyList<BackupLabel> labels, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var label in labels)
        {
            if (await proofs.FindAsync(site, label, cancellationToken) is { Verified.Passed: true } && await catalog.FindAsync(site, label, cancellationToken) is { Complete: true } set
                && !ClockRule.IsAhead(set, now))
            {
                return label;
            }
        }

        return null;
    }
}
