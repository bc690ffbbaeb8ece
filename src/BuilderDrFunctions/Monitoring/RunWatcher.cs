using BuilderDrFunctions.Audit;
using BuilderDrFunctions.Faults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Follows all runs by the clock, puts their beginnings and ends into the audit trail, and has a change told.</summary>
public sealed class RunWatcher(RunWatch runs, AuditTrail audit, StateWatch states)
{
    // How far back a record of the same event can lie, when a look was cut short between the trail and the ledger.
    private const int NewestRecords = 100;

    /// <summary>Looks every half minute, beside the minute's turn at which schedules begin.</summary>
    [Function(nameof(RunWatcher))]
    public async Task RunAsync([TimerTrigger("10,40 * * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var look = await runs.LookAsync(client, cancellationToken);
        if (!look.IsNews)
        {
            return;
        }

        foreach (var entry in look.Begun.Select(run => new AuditEntry(run.At, "builder-dr", "run began", run.Site, run.ToString(), null, run.Kind))
            .Concat(look.Ended.Select(run => new AuditEntry(
                run.EndedAt, "builder-dr", "run ended", run.Site, run.Id, null, WordOf(run), FaultText.CodeOf(FaultText.Find(run.Error)))))
            .OrderBy(entry => entry.At))
        {
            await audit.AppendOnceAsync(entry, NewestRecords, cancellationToken);
        }

        // Where another look was quicker, the next one sees what is left.
        await runs.TryKeepAsync(look, cancellationToken);
        if (look.Ended.Count > 0)
        {
            await states.LookAsync(client, cancellationToken);
        }
    }

    private static string WordOf(EndedRun run) => run is { IsPlan: true, Outcome: RunOutcome.Succeeded } ? "planned" : run.Outcome.ToString().ToLowerInvariant();
}
