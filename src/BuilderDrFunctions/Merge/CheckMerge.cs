using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Merge;

/// <summary>Checks everything a merge needs, and touches nothing.</summary>
public sealed class CheckMerge(ISiteDirectory sites, MergeReports reports, IOptions<MergeOptions> options, TimeProvider time, ILogger<CheckMerge> logger)
{
    // rows and indexes once more, and the log that a server keeps of writing them
    private const int DiskPerSourceByte = 2;

    // today's service and those it was before August 2018, under whatever origin
    private static readonly string[] Users =
        ["builder-api", "builder-originsrv", "builder-sessionsrv", "builder-jobsrv", "builder-router", "builder-admin", "builder-scheduler", "builder-worker"];

    /// <summary>Gives the plan of the run, with everything that stands against it.</summary>
    /// <exception cref="Faults.TransientFaultException">Something could not be looked at that may be looked at later.</exception>
    [Function(nameof(CheckMerge))]
    public Task<MergeCheck> RunAsync([ActivityTrigger] MergeOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.OperationId, "check").RunAsync(token => CheckAsync(order, token), cancellationToken);

    private async Task<MergeCheck> CheckAsync(MergeOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var plan = order.Kind == MergeKind.Shards
            ? await new ShardAnalysis(postgres, order.Sharded).RunAsync(cancellationToken)
            : await new DatabaseAnalysis(postgres, order.Names).RunAsync(cancellationToken);
        var earlier = (await reports.ListAsync(order.Site, cancellationToken)).FirstOrDefault(report => report.Kind == MergeReportPage.KindOf(order.Kind) && report.Database == order.Database);
        if (plan.IsMerged)
        {
            return new MergeCheck(plan with { Notes = [.. plan.Notes, Earlier(order, earlier)] }, earlier is null ? null : MergeSummary.Of(earlier));
        }

        if (order.Kind == MergeKind.Databases && earlier is not null && await postgres.FindDatabaseAsync(order.Database, cancellationToken) is not null)
        {
            return new MergeCheck(plan with { IsMerged = true, Problems = [], Notes = [.. plan.Notes, Earlier(order, earlier)] }, MergeSummary.Of(earlier));
        }

        var problems = plan.Problems.ToList();
        var notes = plan.Notes.ToList();
        var api = await site.GetApiAsync(cancellationToken);
        List<string> running = [.. (await api.ListRunningAsync(cancellationToken)).Where(service => Users.Contains(service.Split('/')[^1], StringComparer.Ordinal))];
        if (running.Count > 0)
        {
            problems.Insert(0, MergeProblem.Of(MergeFaults.ServicesRun(order.Site, running)));
        }
        else if (!api.CanControl)
        {
            notes.Add("no service control is configured: that no service runs was judged by the databases' sessions alone");
        }

        await CheckDiskAsync(site, postgres, plan.Bytes, problems, notes, cancellationToken);
        return new MergeCheck(plan with { Problems = problems, Notes = notes }, null);
    }

    private static string Earlier(MergeOrder order, MergeReport? report) => report is null
        ? $"{order.Subject}: already merged, and not by this program, which has no report of it"
        : $"{order.Subject}: already merged by {report.OperationId}; GET /api/merges/{report.OperationId} gives its report";

    private async Task CheckDiskAsync(
        ISiteConnection site, PostgresServer postgres, long bytes, List<MergeProblem> problems, List<string> notes, CancellationToken cancellationToken)
    {
        var needed = (bytes * DiskPerSourceByte) + options.Value.DiskReserveBytes;
        if (await ServerDisk.FreeAsync(postgres, await site.GetHostAsync(cancellationToken), cancellationToken) is not { } free)
        {
            notes.Add($"the disk of {postgres.Description} cannot be looked at from here; the merge needs about {needed} bytes there");
        }
        else if (free < needed)
        {
            problems.Add(MergeProblem.Of(MergeFaults.DiskTooSmall($"the disk of {postgres.Description}", needed, free)));
        }
    }
}
