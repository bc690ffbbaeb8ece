using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Backup;

/// <summary>Starts backups and shows the sets: <c>/api/backups</c>.</summary>
public sealed class BackupEndpoints(
    ISiteDirectory sites, SetCatalog catalog, SetProofs proofs, SetHolds holds, OperationStarter starter, TimeProvider time, ILogger<BackupEndpoints> logger)
{
    /// <summary><c>POST /api/backups</c>: 202 with the operation's addresses, or 409 naming what runs.</summary>
    [Function(nameof(StartBackup))]
    [Takes(typeof(BackupRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(AcceptedOperation))]
    public Task<IResult> StartBackup(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "backups")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<BackupRequest>(request, cancellationToken);
            var site = ApiSites.Resolve(sites, asked.Site);
            var name = asked.Label ?? "manual";
            if (!BackupLabel.IsName(name))
            {
                throw ApiFaults.BadValue("label", "is not a name for a set", $"use up to {BackupLabel.LongestName} lower-case letters, digits and inner hyphens");
            }

            var id = OperationId.New("backup", site, time.GetUtcNow());
            var order = new BackupOrder(id.ToString(), site, BackupLabel.Of(id, name).Value, asked.Quiesce);
            var running = await starter.TryStartAsync(client, id, nameof(BackupOrchestrator), order, "HTTP", cancellationToken);
            return running is null ? AcceptedOperation.Of(request, client, id, order.Label) : throw ApiFaults.SiteBusy(site, running);
        });

    /// <summary><c>GET /api/backups</c>: the committed sets of a site, newest first, a page at a time.</summary>
    [Function(nameof(ListBackups))]
    [Query("site", "The site; may be left out when only one is configured.")]
    [Query("top", "The most of them on one page.", IsNumber = true)]
    [Query("before", "The page before's own 'before'.")]
    [Answers(StatusCodes.Status200OK, typeof(BackupPage))]
    public Task<IResult> ListBackups(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "backups")] HttpRequest request, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var site = ApiSites.Resolve(sites, request.Query["site"]);
            var top = ApiRequest.ReadNumber(request, "top", 50, 1, 500);
            var page = await catalog.ReadPageAsync(site, BeforeOf(request), top, SummarizeAsync, cancellationToken);
            return ApiResponse.Json(new BackupPage(page.Sets, page.Damaged, page.Before));

            async Task<BackupSummary> SummarizeAsync(BackupManifest set)
            {
                var label = new BackupLabel(set.Label);
                return BackupSummary.Of(set, await proofs.FindAsync(site, label, cancellationToken), await holds.FindAsync(site, label, cancellationToken) is not null);
            }
        });

    /// <summary><c>GET /api/backups/{id}</c>: a set's manifest, and what verifications and drills found.</summary>
    [Function(nameof(GetBackup))]
    [Answers(StatusCodes.Status200OK, typeof(BackupManifest), Member = "proof", MemberType = typeof(SetProof))]
    [Answers(StatusCodes.Status200OK, typeof(BackupManifest), Member = "held", MemberType = typeof(bool))]
    public Task<IResult> GetBackup(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "backups/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var set = await ApiSets.FindAsync(sites, catalog, id, cancellationToken);
            var view = JsonSerializer.SerializeToNode(set, ApiJson.Options)!.AsObject();
            view["held"] = await holds.FindAsync(set.Site, new BackupLabel(set.Label), cancellationToken) is not null;
            view["proof"] = JsonSerializer.SerializeToNode(await proofs.FindAsync(set.Site, new BackupLabel(set.Label), cancellationToken), ApiJson.Options);
            return ApiResponse.Json(view);
        });

    private static string? BeforeOf(HttpRequest request)
    {
        var text = request.Query["before"].ToString();
        return text.Length == 0 ? null
            : BackupLabel.TryParse(text)?.Value ?? throw ApiFaults.BadValue("before", "is not the label of a set", "pass on the 'before' of the page before, or leave it out for the first page");
    }
}
