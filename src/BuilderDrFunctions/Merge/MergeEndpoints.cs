using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Merge;

/// <summary>Starts merges and shows their reports: <c>/api/merges</c>.</summary>
public sealed class MergeEndpoints(ISiteDirectory sites, MergeReports reports, OperationStarter starter, TimeProvider time, ILogger<MergeEndpoints> logger)
{
    private const string Kind = "merge";
    private const string Builder = "builder";

    /// <summary><c>POST /api/merges/shards</c>: 202 with the operation's addresses, or 409 naming what runs.</summary>
    [Function(nameof(StartShardMerge))]
    [Takes(typeof(ShardMergeRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(AcceptedOperation))]
    public Task<IResult> StartShardMerge(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "merges/shards")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<ShardMergeRequest>(request, cancellationToken);
            return ShardedDatabase.Find(asked.Database) is { } database
                ? await StartAsync(request, client, asked.Site, MergeKind.Shards, database.Name, asked.Mode, asked.Confirm, cancellationToken)
                : throw ApiFaults.BadValue("database", "is none that has shards", $"name one of: {string.Join(", ", ShardedDatabase.Names)}");
        });

    /// <summary><c>POST /api/merges/databases</c>: 202 with the operation's addresses, or 409 naming what runs.</summary>
    [Function(nameof(StartDatabaseMerge))]
    [Takes(typeof(DatabaseMergeRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(AcceptedOperation))]
    public Task<IResult> StartDatabaseMerge(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "merges/databases")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<DatabaseMergeRequest>(request, cancellationToken);
            return asked.Target is null or Builder
                ? await StartAsync(request, client, asked.Site, MergeKind.Databases, Builder, asked.Mode, asked.Confirm, cancellationToken)
                : throw ApiFaults.BadValue("target", "is not what Builder looks for", $"leave it out, or give \"{Builder}\"");
        });

    /// <summary><c>GET /api/merges</c>: the reports of a site, newest first, in short.</summary>
    [Function(nameof(ListMerges))]
    [Query("site", "The site; may be left out when only one is configured.")]
    [Answers(StatusCodes.Status200OK, typeof(MergePage))]
    public Task<IResult> ListMerges(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "merges")] HttpRequest request, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var site = ApiSites.Resolve(sites, request.Query["site"]);
            return ApiResponse.Json(new MergePage([.. (await reports.ListAsync(site, cancellationToken)).Select(MergeSummary.Of)]));
        });

    /// <summary><c>GET /api/merges/{id}</c>: a merge's report; with <c>?format=html</c> as a page.</summary>
    [Function(nameof(GetMerge))]
    [Query("format", "html: the report as a page; json, the default.")]
    [Answers(StatusCodes.Status200OK, typeof(MergeReport))]
    public Task<IResult> GetMerge(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "merges/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var isPage = ApiRequest.Asks(request, "format", "html", "json");
            var report = OperationId.TryParse(id) is { Kind: Kind } operation && sites.Names.Contains(operation.Site, StringComparer.Ordinal)
                ? await reports.FindAsync(operation.Site, id, cancellationToken)
                : null;
            return report is null ? throw MergeFaults.UnknownReport(id)
                : isPage ? Results.Content(MergeReportPage.Html(report), "text/html; charset=utf-8")
                : ApiResponse.Json(report);
        });

    private async Task<IResult> StartAsync(
        HttpRequest request, DurableTaskClient client, string? asked, MergeKind kind, string database, MergeMode? mode, string? confirm, CancellationToken cancellationToken)
    {
        var site = ApiSites.Resolve(sites, asked);
        if (mode == MergeMode.Migrate && confirm != site)
        {
            throw ApiFaults.BadValue("confirm", "does not name the site whose databases are to be merged", $"\"confirm\": \"{site}\"");
        }

        var id = OperationId.New(Kind, site, time.GetUtcNow());
        var backup = OperationId.New("backup", site, id.At);
        var order = new MergeOrder(id.ToString(), site, kind, database, mode ?? MergeMode.Plan, backup.ToString(), BackupLabel.Of(backup, "before-merge").Value);
        var running = await starter.TryStartAsync(client, id, nameof(MergeOrchestrator), order, "HTTP", cancellationToken);
        return running is null ? AcceptedOperation.Of(request, client, id, database) : throw ApiFaults.SiteBusy(site, running);
    }
}

/// <summary>Merges that count.</summary>
/// <param name="Merges">Newest first.</param>
public sealed record MergePage(IReadOnlyList<MergeSummary> Merges);
