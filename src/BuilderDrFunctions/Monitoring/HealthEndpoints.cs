using BuilderDrFunctions.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Says how everything is: <c>/api/health</c>, <c>/api/live</c>.</summary>
public sealed class HealthEndpoints(HealthChecks checks, ILogger<HealthEndpoints> logger)
{
    /// <summary><c>GET /api/health</c>: every check of every site. 200 while nothing is critical or unknown, else 503, both with the report.</summary>
    /// <remarks>With <c>?report=true</c> it is 200 whatever was found: a page that shows the report has not failed to get it.</remarks>
    [Function(nameof(GetHealth))]
    [Query("report", "'true': 200 whatever was found.")]
    [Answers(StatusCodes.Status200OK, typeof(HealthReport))]
    [Answers(StatusCodes.Status503ServiceUnavailable, typeof(HealthReport))]
    public Task<IResult> GetHealth(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "health")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var isShown = ApiRequest.Asks(request, "report", "true", "false");
            var report = await checks.CheckAsync(client, cancellationToken);
            var isGood = report.Status <= HealthStatus.Warning || isShown;
            return ApiResponse.Json(report, isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });

    /// <summary><c>GET /api/live</c>: the app runs. Anonymous, tells nothing, and asks nothing of anything else.</summary>
    [Function(nameof(GetLive))]
    [Answers(StatusCodes.Status200OK, MediaType = "text/plain")]
    public IResult GetLive([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "live")] HttpRequest request)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return Results.Text("live\n");
    }
}
