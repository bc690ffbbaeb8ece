using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Drill;

/// <summary>Starts drills and shows their verdicts: <c>/api/drills</c>.</summary>
public sealed class DrillEndpoints(
    ISiteDirectory sites, DrillVerdicts verdicts, OperationStarter starter, TimeProvider time, ILogger<DrillEndpoints> logger)
{
    /// <summary>The kind of these operations.</summary>
    internal const string Kind = DrillVerdicts.Kind;

    /// <summary><c>POST /api/drills</c>: 202 with the operation's addresses, or 409 naming what runs.</summary>
    [Function(nameof(StartDrill))]
    [Takes(typeof(DrillRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(AcceptedOperation))]
    public Task<IResult> StartDrill(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "drills")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<DrillRequest>(request, cancellationToken);
            var site = ApiSites.Resolve(sites, asked.Site);
            var id = OperationId.New(Kind, site, time.GetUtcNow());
            var running = await starter.TryStartAsync(client, id, nameof(DrillOrchestrator), new DrillOrder(id.ToString(), site), "HTTP", cancellationToken);
            return running is null ? AcceptedOperation.Of(request, client, id, subject: null) : throw ApiFaults.SiteBusy(site, running);
        });

    /// <summary><c>GET /api/drills</c>: the verdicts of a site, newest first.</summary>
    [Function(nameof(ListDrills))]
    [Query("site", "The site; may be left out when only one is configured.")]
    [Query("top", "The most of them on one page.", IsNumber = true)]
    [Answers(StatusCodes.Status200OK, typeof(DrillPage))]
    public Task<IResult> ListDrills(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "drills")] HttpRequest request, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var site = ApiSites.Resolve(sites, request.Query["site"]);
            var top = ApiRequest.ReadNumber(request, "top", 52, 1, 500);
            return ApiResponse.Json(new DrillPage(await verdicts.ListAsync(site, top, cancellationToken)));
        });
}

/// <summary>What an operator asks for with <c>POST /api/drills</c>.</summary>
public sealed record DrillRequest
{
    /// <summary>The site; may be left out when only one is configured.</summary>
    public string? Site { get; init; }
}

/// <summary>Drills' verdicts.</summary>
/// <param name="Drills">Newest first.</param>
public sealed record DrillPage(IReadOnlyList<DrillVerdict> Drills);
