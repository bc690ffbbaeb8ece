using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Repair;

/// <summary>Shows where a set's database and artifacts do not fit together: <c>/api/backups/{id}/reconcile</c>.</summary>
public sealed class ReconcileEndpoints(ISiteDirectory sites, SetCatalog catalog, Reconciler reconciler, ILogger<ReconcileEndpoints> logger)
{
    /// <summary><c>GET /api/backups/{id}/reconcile</c>: sums by origin, and a page of artifacts.</summary>
    [Function(nameof(ReconcileSet))]
    [Query("origin", "Those of one origin.")]
    [Query("top", "The most of them on one page.", IsNumber = true)]
    [Query("after", "The page before's own 'after'.")]
    [Answers(StatusCodes.Status200OK, typeof(Reconciliation))]
    public Task<IResult> ReconcileSet(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "backups/{id}/reconcile")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var set = await ApiSets.FindAsync(sites, catalog, id, cancellationToken);
            var top = ApiRequest.ReadNumber(request, "top", 100, 1, 1000);
            return ApiResponse.Json(await reconciler.ReadAsync(set, TextOf(request, "origin"), TextOf(request, "after"), top, cancellationToken));
        });

    private static string? TextOf(HttpRequest request, string name) => request.Query[name].ToString() is { Length: > 0 } text ? text : null;
}
