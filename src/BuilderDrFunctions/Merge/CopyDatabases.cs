using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Merge;

/// <summary>Makes the merged database under its temporary name, and proves it.</summary>
public sealed class CopyDatabases(ISiteDirectory sites, MergeReports reports, IOptions<MergeOptions> options, TimeProvider time, ILogger<CopyDatabases> logger)
{
    /// <summary>Gives what was merged. Run again after a crash, it finds its own database whole, or begins anew.</summary>
    [Function(nameof(CopyDatabases))]
    public Task<MergeSummary> RunAsync([ActivityTrigger] MergeStepOrder step, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, step.Merge.OperationId, step.Merge.Database);
        return link.RunAsync(token => CopyAsync(step, link, token), cancellationToken);
    }

    private async Task<MergeSummary> CopyAsync(MergeStepOrder step, OperationLink link, CancellationToken cancellationToken)
    {
        var order = step.Merge;
        await using var site = sites.Open(order.Site);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        // The report is prepared last: with it the database is whole and proved.
        if (await reports.FindPreparedAsync(order.Site, order.OperationId, cancellationToken) is { } earlier
            && await postgres.FindDatabaseAsync(order.Names.Temporary, cancellationToken) is not null)
        {
            return MergeSummary.Of(earlier);
        }

        var begunAt = time.GetUtcNow();
        var merger = new DatabaseMerger(postgres, order.Names, time) { Parallelism = options.Value.Parallelism };
        var result = await merger.CopyAsync(new MergeLinkProgress(link), cancellationToken);
        var report = MergeReportPage.ReportOf(step, order.Database, begunAt, time.GetUtcNow(), result);
        await reports.PrepareAsync(report, cancellationToken);
        return MergeSummary.Of(report);
    }
}
