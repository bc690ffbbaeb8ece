using BuilderDrFunctions.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Figures for Prometheus: <c>/api/metrics</c>.</summary>
public sealed class MetricsEndpoints(MetricsGathering gathering, MetricsPage page, ILogger<MetricsEndpoints> logger)
{
    /// <summary><c>GET /api/metrics</c>: the figures of all sites, gathered for this request, in Prometheus' text format or OpenMetrics as the request asks.</summary>
    [Function(nameof(GetMetrics))]
    [Answers(StatusCodes.Status200OK, MediaType = "text/plain")]
    public Task<IResult> GetMetrics(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "metrics")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () => page.Of(await gathering.GatherAsync(client, cancellationToken)));
}
