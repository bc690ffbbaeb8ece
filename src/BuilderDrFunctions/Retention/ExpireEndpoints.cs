using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Retention;

/// <summary>Plans and starts expiries, and holds sets back from them: <c>/api/expire</c>, <c>/api/backups/{id}/hold</c>.</summary>
public sealed class ExpireEndpoints(
    ISiteDirectory sites, SetCatalog catalog, SetHolds holds, OperationStarter starter, TimeProvider time, ILogger<ExpireEndpoints> logger)
{
    private const string Kind = "expire";
    private const int LongestReason = 1000;

    /// <summary><c>POST /api/expire</c>: 202 with the operation's addresses; a plan changes nothing and takes no lock.</summary>
    [Function(nameof(StartExpiry))]
    [Takes(typeof(ExpireRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(AcceptedOperation))]
    public Task<IResult> StartExpiry(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "expire")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<ExpireRequest>(request, cancellationToken);
            var site = ApiSites.Resolve(sites, asked.Site);
            var id = OperationId.New(Kind, site, time.GetUtcNow());
            var order = new ExpireOrder(id.ToString(), site, asked.Plan);
            if (asked.Plan)
            {
                await client.ScheduleNewOrchestrationInstanceAsync(
                    nameof(ExpireOrchestrator), order, new StartOrchestrationOptions(id.ToString()), cancellationToken);
            }
            else if (await starter.TryStartAsync(client, id, nameof(ExpireOrchestrator), order, "HTTP", cancellationToken) is { } running)
            {
                throw ApiFaults.SiteBusy(site, running);
            }

            return AcceptedOperation.Of(request, client, id, site);
        });

    /// <summary><c>POST /api/backups/{id}/hold</c>: nothing lets the set expire until the hold is taken away.</summary>
    [Function(nameof(HoldSet))]
    [Takes(typeof(HoldRequest))]
    [Answers(StatusCodes.Status200OK, typeof(SetHold))]
    public Task<IResult> HoldSet(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "backups/{id}/hold")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<HoldRequest>(request, cancellationToken);
            var reason = asked.Reason ?? "";
            if (reason.Length > LongestReason || reason.Any(char.IsControl))
            {
                throw ApiFaults.BadValue("reason", "is too long or has line breaks", $"use up to {LongestReason} characters of one line");
            }

            var set = await ApiSets.FindAsync(sites, catalog, id, cancellationToken);
            var label = new BackupLabel(set.Label);
            await holds.WriteAsync(new SetHold(set.Label, set.Site, time.GetUtcNow(), reason), cancellationToken);
            if (await catalog.FindAsync(set.Site, label, cancellationToken) is null)
            {
                await holds.ClearAsync(set.Site, label, cancellationToken);
                throw ApiFaults.UnknownBackup(id);
            }

            if (await holds.IsMarkedAsync(set.Site, label, cancellationToken))
            {
                throw RetentionFaults.BeingRemoved(set.Label);
            }

            logger.SetHeld(set.Label, set.Site);
            return ApiResponse.Json(await holds.FindAsync(set.Site, label, cancellationToken) ?? throw RetentionFaults.NotHeld(set.Label));
        });

    /// <summary><c>GET /api/backups/{id}/hold</c>: since when a set is held, and why.</summary>
    [Function(nameof(GetHold))]
    [Answers(StatusCodes.Status200OK, typeof(SetHold))]
    public Task<IResult> GetHold(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "backups/{id}/hold")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var set = await ApiSets.FindAsync(sites, catalog, id, cancellationToken);
            return ApiResponse.Json(await holds.FindAsync(set.Site, new BackupLabel(set.Label), cancellationToken) ?? throw RetentionFaults.NotHeld(set.Label));
        });

    /// <summary><c>DELETE /api/backups/{id}/hold</c>: the set may expire again.</summary>
    [Function(nameof(EndHold))]
    [Answers(StatusCodes.Status204NoContent)]
    public Task<IResult> EndHold(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "backups/{id}/hold")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var set = await ApiSets.FindAsync(sites, catalog, id, cancellationToken);
            if (!await holds.ClearAsync(set.Site, new BackupLabel(set.Label), cancellationToken))
            {
                throw RetentionFaults.NotHeld(set.Label);
            }

            logger.HoldEnded(set.Label, set.Site);
            return Results.NoContent();
        });
}

/// <summary>What an operator may say when holding a set.</summary>
public sealed record HoldRequest
{
    /// <summary>Kept with the hold.</summary>
    public string? Reason { get; init; }
}
