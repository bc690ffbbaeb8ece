using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Follows every run through the durable store, whoever started it and however it ends, terminated and purged ones included.</summary>
/// <remarks>A look asks for what was created since the last one and for what was open then, so its cost does not grow with the history.</remarks>
public sealed class RunWatch(IVault vault, TimeProvider time, ILogger<RunWatch> logger)
{
    private const string LedgerPath = "monitoring/runs.json";
    private const int LedgerLimit = 1024 * 1024;
    private const int PageSize = 100;

    // The durable store's clocks and ours may differ, and instances appear in its lists a little late.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5);

    /// <summary>Looks, and changes nothing.</summary>
    public async Task<RunLook> LookAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var kept = await vault.ReadNoteAsync(LedgerPath, CatalogJson.Of<RunLedger>(), LedgerLimit, cancellationToken);
        if (kept.Damage is { } damage)
        {
            // The durable store still has what happened lately.
            logger.LedgerDamaged(damage.What);
        }

        var known = kept.Value ?? RunLedger.Begin(now);
        var seen = known.Open.Concat(known.Recent).ToHashSet(StringComparer.Ordinal);
        var begun = new List<OperationId>();
        var recent = new List<string>();
        var query = new OrchestrationQuery(CreatedFrom: known.LookedAt - Overlap, PageSize: PageSize);
        await foreach (var instance in client.GetAllInstancesAsync(query).WithCancellation(cancellationToken))
        {
            if (OperationId.TryParse(instance.InstanceId) is not { } id)
            {
                continue;
            }

            if (seen.Add(instance.InstanceId))
            {
                begun.Add(id);
            }

            if (instance.CreatedAt > now - Overlap - Overlap)
            {
                recent.Add(instance.InstanceId);
            }
        }

        var open = new List<string>();
        var ended = new List<EndedRun>();
        foreach (var id in known.Open.Select(OperationId.TryParse).OfType<OperationId>().Concat(begun))
        {
            if (await EndOfAsync(client, id, now, cancellationToken) is { } end)
            {
                ended.Add(end);
            }
            else
            {
                open.Add(id.ToString());
            }
        }

        ended.Sort((left, right) => left.EndedAt.CompareTo(right.EndedAt));
        return new RunLook(
            known.With(now, open, recent, ended), begun, ended, kept.Version, IsNews: kept.Value is null || begun.Count > 0 || ended.Count > 0);
    }

    /// <summary>Keeps what a look saw; false when another one was quicker.</summary>
    public async Task<bool> TryKeepAsync(RunLook look, CancellationToken cancellationToken) =>
        await vault.TryReplaceAsync(LedgerPath, JsonSerializer.SerializeToUtf8Bytes(look.Ledger, CatalogJson.Options), look.Version, cancellationToken) is not null;

    private static async Task<EndedRun?> EndOfAsync(DurableTaskClient client, OperationId id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var instance = await client.GetInstanceAsync(id.ToString(), getInputsAndOutputs: true, cancellationToken);
        if (instance is null)
        {
            return new EndedRun(id.ToString(), id.Kind, id.Site, id.At, now, RunOutcome.Canceled, OperationFaults.Abandoned(id.ToString()).Message);
        }

        var (outcome, error) = instance.RuntimeStatus switch
        {
            OrchestrationRuntimeStatus.Completed => RunVerdict.Read(instance.SerializedOutput),
            OrchestrationRuntimeStatus.Failed => OutcomeOf(
                FaultText.Of(instance.FailureDetails) ?? FaultText.Find(instance.SerializedOutput) ?? instance.FailureDetails?.ErrorMessage ?? "it failed without saying why"),
            OrchestrationRuntimeStatus.Terminated => (RunOutcome.Canceled, OperationFaults.Terminated(id.ToString()).Message),
            _ => ((RunOutcome?)null, null),
        };
        var isPlan = RunVerdict.IsPlan(instance.SerializedInput) || (instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed && RunVerdict.IsPlan(instance.SerializedOutput));
        return outcome is { } how ? new EndedRun(id.ToString(), id.Kind, id.Site, instance.CreatedAt, instance.LastUpdatedAt, how, error, isPlan) : null;
    }

    private static (RunOutcome?, string?) OutcomeOf(string error) =>
        (FaultText.CodeOf(error) == OperationFaults.CanceledCode ? RunOutcome.Canceled : RunOutcome.Failed, error);
}

/// <summary>What a look at the runs saw.</summary>
/// <param name="Ledger">What is known now.</param>
/// <param name="Begun">Runs seen for the first time.</param>
/// <param name="Ended">Runs whose end was seen for the first time, in the order of their ends.</param>
/// <param name="Version">Of the ledger it began with; null: there was none.</param>
/// <param name="IsNews">There is something to keep.</param>
public sealed record RunLook(RunLedger Ledger, IReadOnlyList<OperationId> Begun, IReadOnlyList<EndedRun> Ended, string? Version, bool IsNews);
