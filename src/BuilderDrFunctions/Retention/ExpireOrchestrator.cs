using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Retention;

/// <summary>Lets sets expire: decide, remove each set with its manifest first, then collect the stored objects that no remaining set names.</summary>
/// <remarks>
/// It runs under its site's lock, so no run is writing objects that no manifest names yet; the grace period is there for what else might. Cut short
/// anywhere it has removed whole sets and objects nobody names, and the next run goes on. A plan takes the same way and removes nothing.
/// </remarks>
public static class ExpireOrchestrator
{
    private const int SetsPerList = 10;
    private const int Window = 4;

    /// <summary>Runs an expiry to its end.</summary>
    [Function(nameof(ExpireOrchestrator))]
    public static async Task<ExpireReceipt> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, ExpireOrder order)
    {
        var log = context.CreateReplaySafeLogger(nameof(ExpireOrchestrator));
        var scope = new OperationScope(context);
        var problems = new List<string>();
        var plan = await scope.RunAsync("decide", () => context.CallActivityAsync<ExpiryPlan>(nameof(PlanExpiry), order, Retries.Transient));
        problems.AddRange(plan.Lost);
        var sets = plan.Sets;
        var removal = new Removal(sets.Count(set => set.Expires), plan.Leftovers.Count, plan.FileBytes);
        if (!order.Plan)
        {
            (sets, removal) = await scope.RunAsync("remove sets", () => RemoveAsync(context, order, plan, problems));
        }

        var collected = await scope.RunAsync("collect", () => TryCollectAsync(context, order, plan, sets, problems));
        var swept = await scope.RunAlwaysAsync("sweep", () => context.CallActivityAsync<long>(nameof(SweepRuns), order, Retries.Transient));
        var receipt = new ExpireReceipt(
            order.Site, order.Plan, sets, removal.Sets, removal.Leftovers, collected.Objects, removal.Bytes + collected.Bytes + swept, problems);
        if (!order.Plan)
        {
            log.ExpiryDone(order.OperationId, order.Site, receipt.Expired, receipt.Objects, receipt.FreedBytes);
        }

        return receipt;
    }

    /// <summary>Oldest first, one after the other: what is cut short has removed as few sets as possible.</summary>
    private static async Task<(IReadOnlyList<SetDecision> Sets, Removal Removal)> RemoveAsync(
        TaskOrchestrationContext context, ExpireOrder order, ExpiryPlan plan, List<string> problems)
    {
        var sets = plan.Sets.ToList();
        var removal = new Removal(0, 0, 0);
        for (var at = sets.Count - 1; at >= 0; at--)
        {
            if (!sets[at].Expires)
            {
                continue;
            }

            var receipt = await RemoveAsync(context, order, sets[at].Label, isLeftover: false, problems);
            removal = removal with { Sets = removal.Sets + (receipt.Removed ? 1 : 0), Bytes = removal.Bytes + receipt.Bytes };
            if (!receipt.Removed)
            {
                sets[at] = sets[at] with { Expires = false, Reasons = [receipt.Stays ?? receipt.Problem ?? "it could not be removed"] };
            }
        }

        foreach (var leftover in plan.Leftovers)
        {
            var receipt = await RemoveAsync(context, order, leftover, isLeftover: true, problems);
            removal = removal with { Leftovers = removal.Leftovers + (receipt.Removed ? 1 : 0), Bytes = removal.Bytes + receipt.Bytes };
        }

        return (sets, removal);
    }

    private static async Task<RemoveReceipt> RemoveAsync(
        TaskOrchestrationContext context, ExpireOrder order, string label, bool isLeftover, List<string> problems)
    {
        var receipt = await context.CallActivityAsync<RemoveReceipt>(nameof(RemoveSet), new RemoveOrder(order, label, isLeftover), Retries.Transient);
        if (receipt.Problem is { } problem)
        {
            problems.Add($"{label}: {problem}");
        }

        return receipt;
    }

    private static async Task<CollectReceipt> TryCollectAsync(
        TaskOrchestrationContext context, ExpireOrder order, ExpiryPlan plan, IReadOnlyList<SetDecision> sets, List<string> problems)
    {
        if (plan.Uncollectable is { } unknown)
        {
            problems.Add($"no stored object was collected, because it is not known what this set needs: {unknown}");
            return new CollectReceipt();
        }

        try
        {
            var receipt = await CollectAsync(context, order, [.. sets.Where(set => !set.Expires).Select(set => set.Label)]);
            if (receipt.Refused > 0)
            {
                problems.Add($"{receipt.Refused} stored objects were not removed, first: {receipt.FirstRefused![0]}");
            }

            return receipt;
        }
        catch (TaskFailedException failure) when (FaultText.CodeOf(FaultText.Of(failure)) is not (null or OperationFaults.CanceledCode or OperationFaults.AbandonedCode))
        {
            // A damaged inventory, for one: the sets are gone or stay as decided, and what nobody may need stays stored until all is known again.
            problems.Add($"no stored object, or not all, was collected: {FaultText.OneLine(FaultText.Of(failure))}");
            return new CollectReceipt();
        }
    }

    private static async Task<CollectReceipt> CollectAsync(TaskOrchestrationContext context, ExpireOrder order, IReadOnlyList<string> remaining)
    {
        var groups = remaining.Chunk(SetsPerList).ToList();
        var paths = new List<string>();
        await BatchWindow.RunAsync(
            0, groups.Count - 1, Window,
            group => context.CallActivityAsync<NamesReceipt>(nameof(ListNames), new NamesOrder(order, groups[group]), Retries.Transient),
            receipt => paths.AddRange(receipt.Paths));
        var garbage = await context.CallActivityAsync<CollectionPlan>(nameof(FindGarbage), new CollectionOrder(order, paths), Retries.Transient);
        return order.Plan
            ? new CollectReceipt(garbage.Objects, garbage.Bytes)
            : await context.RunInstanceAsync<CollectReceipt>(
                nameof(CollectOrchestrator), new CollectAllOrder(order, garbage), $"{order.OperationId}:{(order.InCopy ? "copy-collect" : "collect")}");
    }

    private sealed record Removal(int Sets, int Leftovers, long Bytes);
}
