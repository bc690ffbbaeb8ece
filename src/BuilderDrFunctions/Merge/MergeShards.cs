using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Merge;

/// <summary>Merges a database's shards, and proves it, in one transaction.</summary>
public sealed class MergeShards(ISiteDirectory sites, MergeReports reports, TimeProvider time, ILogger<MergeShards> logger)
{
    /// <summary>Gives what was merged. Run again after a crash, it says what the transaction did, or begins anew.</summary>
    [Function(nameof(MergeShards))]
    public Task<MergeSummary> RunAsync([ActivityTrigger] MergeStepOrder step, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, step.Merge.OperationId, step.Merge.Database);
        return link.RunAsync(token => MergeAsync(step, link, token), cancellationToken);
    }

    private async Task<MergeSummary> MergeAsync(MergeStepOrder step, OperationLink link, CancellationToken cancellationToken)
    {
        var order = step.Merge;
        await using var site = sites.Open(order.Site);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var begunAt = time.GetUtcNow();
        var result = await new ShardMerger(postgres, order.Sharded, time).RunAsync(
            (merged, token) => reports.PrepareAsync(MergeReportPage.ReportOf(step, order.Database, begunAt, time.GetUtcNow(), merged), token),
            new MergeLinkProgress(link), cancellationToken);
        // The flag was set: by an earlier attempt of this run, if it prepared its report; its commit's answer was lost.
        var report = await reports.FindPreparedAsync(order.Site, order.OperationId, cancellationToken);
        return report is not null ? MergeSummary.Of(report)
            : result is null ? throw MergeFaults.MergedMeanwhile(order.Database)
            : throw new System.Diagnostics.UnreachableException();
    }
}
