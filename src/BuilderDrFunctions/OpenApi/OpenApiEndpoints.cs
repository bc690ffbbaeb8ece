using System.Text.Json.Nodes;
using BuilderDrFunctions.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.OpenApi;

/// <summary>Describes the API: <c>/api/openapi.json</c>.</summary>
public sealed class OpenApiEndpoints(ILogger<OpenApiEndpoints> logger)
{
    private static readonly Lazy<string> Document = new(() => OpenApiDocument.Of(typeof(OpenApiEndpoints).Assembly).ToJsonString());

    /// <summary><c>GET /api/openapi.json</c>: every route of this app in OpenAPI 3.1.</summary>
    [Function(nameof(GetOpenApi))]
    [Answers(StatusCodes.Status200OK, typeof(JsonObject))]
    public Task<IResult> GetOpenApi([HttpTrigger(AuthorizationLevel.Function, "get", Route = "openapi.json")] HttpRequest request) =>
        ApiResponse.OfAsync(request, logger, () => Task.FromResult(Results.Text(Document.Value, "application/json")));
}
