using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Verify;

/// <summary>Starts verifications and shows their verdicts: <c>/api/backups/{id}/verify</c>, <c>/api/backups/{id}/verdicts</c>.</summary>
public sealed class VerifyEndpoints(
    ISiteDirectory sites, SetCatalog catalog, VerifyVerdicts verdicts, IOptions<VerifyOptions> options, TimeProvider time, ILogger<VerifyEndpoints> logger)
{
    /// <summary>The kind of these operations.</summary>
    internal const string Kind = VerifyVerdicts.Kind;

    /// <summary><c>POST /api/backups/{id}/verify</c>: 202 with the operation's addresses.</summary>
    [Function(nameof(StartVerify))]
    [Takes(typeof(VerifyRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(AcceptedOperation))]
    public Task<IResult> StartVerify(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "backups/{id}/verify")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            await ApiRequest.ReadAsync<VerifyRequest>(request, cancellationToken);
            var set = await ApiSets.FindAsync(sites, catalog, id, cancellationToken);
            var operation = OperationId.New(Kind, set.Site, time.GetUtcNow());
            var order = new VerifyOrder(operation.ToString(), set.Site, set.Label, options.Value.Window);
            await client.ScheduleNewOrchestrationInstanceAsync(
                nameof(VerifyOrchestrator), order, new StartOrchestrationOptions(operation.ToString()), cancellationToken);
            return AcceptedOperation.Of(request, client, operation, set.Label);
        });

    /// <summary><c>GET /api/backups/{id}/verdicts</c>: what verifications of a set found, newest first.</summary>
    [Function(nameof(ListVerdicts))]
    [Answers(StatusCodes.Status200OK, typeof(VerdictList))]
    public Task<IResult> ListVerdicts(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "backups/{id}/verdicts")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var set = await ApiSets.FindAsync(sites, catalog, id, cancellationToken);
            return ApiResponse.Json(new VerdictList(await verdicts.ListAsync(set.Site, new BackupLabel(set.Label), cancellationToken)));
        });
}

/// <summary>A set's verdicts.</summary>
public sealed record VerdictList(IReadOnlyList<VerifyVerdict> Verdicts);

/// <summary>What an operator may say when asking for a verification: nothing so far.</summary>
public sealed record VerifyRequest;
