using BuilderDrFunctions.Durability;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.Api;

/// <summary>The answer to a request that started an operation: our own address for it and the durable extension's.</summary>
/// <param name="Id">The operation.</param>
/// <param name="Subject">What it makes or works on, such as a set's label.</param>
/// <param name="OperationUri"><c>GET</c> it to see how the operation fares.</param>
/// <param name="CancelUri"><c>POST</c> to it to cancel.</param>
/// <param name="StatusQueryGetUri">The durable extension's own status address.</param>
public sealed record AcceptedOperation(string Id, string? Subject, string OperationUri, string CancelUri, string StatusQueryGetUri)
{
    /// <summary>202, with <c>Location</c> and <c>Retry-After</c>.</summary>
    public static IResult Of(HttpRequest request, DurableTaskClient client, OperationId id, string? subject)
    {
        ArgumentNullException.ThrowIfNull(client);
        var root = $"{request.Scheme}://{request.Host}";
        var self = $"{root}/api/operations/{id}";
        request.HttpContext.Response.Headers.Location = self;
        request.HttpContext.Response.Headers.RetryAfter = "2";
        return ApiResponse.Json(
            new AcceptedOperation(id.ToString(), subject, self, $"{self}/cancel", $"{root}/runtime/webhooks/durabletask/instances/{id}"),
            StatusCodes.Status202Accepted);
    }
}
