using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Merge;

/// <summary>Keeps the report of a merge that counts, as a document and as a page.</summary>
public sealed class StoreMergeReport(MergeReports reports, IVault vault)
{
    /// <summary>Gives the merge in short; running it again is success.</summary>
    [Function(nameof(StoreMergeReport))]
    public async Task<MergeSummary> RunAsync([ActivityTrigger] MergeOrder order, CancellationToken cancellationToken)
    {
        if (await reports.FindPreparedAsync(order.Site, order.OperationId, cancellationToken) is { } report)
        {
            await reports.KeepAsync(report, MergeReportPage.Html(report), cancellationToken);
            // Where it may not go yet it costs its space and nothing else: it is swept away with what else the run left.
            await vault.RemoveAsync(MergeReports.PreparedPath(order.Site, order.OperationId), cancellationToken);
            return MergeSummary.Of(report);
        }

        return MergeSummary.Of(await reports.FindAsync(order.Site, order.OperationId, cancellationToken) ?? throw new System.Diagnostics.UnreachableException());
    }
}
