using BuilderDrFunctions.Api;
using BuilderDrFunctions.Durability;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Operations;

/// <summary>Shows and cancels operations: <c>/api/operations</c>.</summary>
public sealed class OperationEndpoints(TimeProvider time, ILogger<OperationEndpoints> logger)
{
    private static readonly TimeSpan UntilBegun = TimeSpan.FromSeconds(10);

    /// <summary><c>GET /api/operations</c>: those the durable store still knows, newest first within a page.</summary>
    [Function(nameof(ListOperations))]
    [Query("top", "The most of them on one page.", IsNumber = true)]
    [Query("kind", "Those of one kind, such as 'backup'.")]
    [Query("state", "Those that are 'active', or those that have 'ended'.")]
    [Query("since", "Those accepted then or later, ISO 8601.")]
    [Query("until", "Those accepted then or earlier, ISO 8601.")]
    [Query("continuation", "The page before's own 'continuation'.")]
    [Answers(StatusCodes.Status200OK, typeof(OperationPage))]
    public Task<IResult> ListOperations(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "operations")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var query = OperationQuery.Read(request);
            await foreach (var page in client.GetAllInstancesAsync(query).AsPages(query.ContinuationToken, query.PageSize).WithCancellation(cancellationToken))
            {
                var views = page.Values
                    .Select(instance => OperationId.TryParse(instance.InstanceId) is { } id ? OperationView.Of(id, instance) : null)
                    .OfType<OperationView>().OrderByDescending(view => view.CreatedAt).ThenBy(view => view.Id, StringComparer.Ordinal).ToList();
                if (views.Count > 0 || page.ContinuationToken is null)
                {
                    return ApiResponse.Json(new OperationPage(views, OperationQuery.Continue(page.ContinuationToken)));
                }
            }

            return ApiResponse.Json(new OperationPage([], null));
        });

    /// <summary><c>GET /api/operations/{id}</c>: how it fares.</summary>
    [Function(nameof(GetOperation))]
    [Answers(StatusCodes.Status200OK, typeof(OperationView))]
    public Task<IResult> GetOperation(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "operations/{id}")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () => ApiResponse.Json(await FindAsync(client, id, cancellationToken)));

    /// <summary><c>POST /api/operations/{id}/cancel</c>: asks it to end; it puts things in order first. 202.</summary>
    [Function(nameof(CancelOperation))]
    [Takes(typeof(CancelRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(OperationView))]
    public Task<IResult> CancelOperation(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operations/{id}/cancel")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<CancelRequest>(request, cancellationToken);
            var view = await FindAsync(client, id, cancellationToken);
            if (view.HasEnded)
            {
                throw ApiFaults.AlreadyEnded(view.Id);
            }

            if (view.State == OperationState.Pending)
            {
                // An event to an instance that does not exist yet would be lost.
                await WaitUntilBegunAsync(client, view.Id, cancellationToken);
            }

            await AskToEndAsync(client, view.Id, asked.Reason ?? "", cancellationToken);
            return ApiResponse.Json(await FindAsync(client, id, cancellationToken), StatusCodes.Status202Accepted);
        });

    private static async Task<OperationView> FindAsync(DurableTaskClient client, string text, CancellationToken cancellationToken)
    {
        var id = OperationId.TryParse(text) ?? throw ApiFaults.UnknownOperation(text);
        if (await client.GetInstanceAsync(text, getInputsAndOutputs: true, cancellationToken) is { } instance)
        {
            return OperationView.Of(id, instance);
        }

        return await OperationStarter.FindRunningAsync(client, id.Site, cancellationToken) == text
            ? OperationView.Pending(id)
            : throw ApiFaults.UnknownOperation(text);
    }

    private static async Task AskToEndAsync(DurableTaskClient client, string id, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await client.RaiseEventAsync(id, OperationScope.CancelEvent, reason, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Azure takes no event for what has ended, and it may have done so this very moment. Hosts differ in the exception.
            if (await FindAsync(client, id, cancellationToken) is { HasEnded: true })
            {
                throw ApiFaults.AlreadyEnded(id);
            }

            throw;
        }
    }

    private async Task WaitUntilBegunAsync(DurableTaskClient client, string id, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(UntilBegun, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await client.WaitForInstanceStartAsync(id, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiFaults.NotBegun(id);
        }
    }
}

/// <summary>What an operator may say when canceling.</summary>
public sealed record CancelRequest
{
    /// <summary>Kept with the operation.</summary>
    public string? Reason { get; init; }
}
