using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Restore;

/// <summary>Starts restores and drops what they put aside: <c>/api/restores</c>.</summary>
public sealed class RestoreEndpoints(
    ISiteDirectory sites, BackupChoice choice, OperationStarter starter, RestoreRecords records, IOptions<RecoveryOptions> options, TimeProvider time,
    ILogger<RestoreEndpoints> logger)
{
    internal const string Kind = "restore";

    /// <summary><c>POST /api/restores</c>: 202 with the operation's addresses, or 409 naming what runs.</summary>
    [Function(nameof(StartRestore))]
    [Takes(typeof(RestoreRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(AcceptedOperation))]
    public Task<IResult> StartRestore(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "restores")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<RestoreRequest>(request, cancellationToken);
            var site = ApiSites.Resolve(sites, asked.Site);
            var mode = asked.Mode ?? RestoreMode.Plan;
            RestoreChecks.Check(asked, mode, site);
            var set = await choice.ResolveAsync(asked.Backup, asked.Source ?? asked.Site, site, cancellationToken);
            var id = OperationId.New(Kind, site, time.GetUtcNow());
            var order = new RestoreOrder(
                id.ToString(), site, set.Site, set.Label, mode, asked.Parts is { Count: > 0 } parts ? [.. parts.Distinct()] : null, asked.Database,
                mode == RestoreMode.Scratch ? asked.Prefix ?? $"restored-{RestoreOrder.SuffixOf(id)}/" : "")
            {
                Force = asked.Force,
                AcceptLosses = asked.AcceptLosses,
                OverwriteKeys = asked.OverwriteKeys,
                WriteConfiguration = asked.WriteConfiguration,
                Prune = asked.Prune,
                PrunePath = mode == RestoreMode.Replace && asked.Prune ? await PrunePathAsync(client, asked.Plan, site, set, cancellationToken) : null,
                Window = options.Value.Window,
            };
            var running = await starter.TryStartAsync(client, id, nameof(RestoreOrchestrator), order, "HTTP", cancellationToken);
            return running is null ? AcceptedOperation.Of(request, client, id, set.Label) : throw ApiFaults.SiteBusy(site, running);
        });

    /// <summary><c>GET /api/restores/{id}</c>: how it fares, as its operation tells.</summary>
    [Function(nameof(GetRestore))]
    [Answers(StatusCodes.Status307TemporaryRedirect)]
    public Task<IResult> GetRestore([HttpTrigger(AuthorizationLevel.Function, "get", Route = "restores/{id}")] HttpRequest request, string id) =>
        ApiResponse.OfAsync(request, logger, () => OperationId.TryParse(id) is { Kind: Kind }
            ? Task.FromResult(Results.Redirect($"/api/operations/{id}{request.QueryString}", permanent: false, preserveMethod: true))
            : throw ApiFaults.UnknownOperation(id));

    /// <summary><c>DELETE /api/restores/{id}/previous</c>: drops the databases that a replacement put aside.</summary>
    [Function(nameof(DropPrevious))]
    [Answers(StatusCodes.Status200OK, typeof(DroppedPrevious))]
    public Task<IResult> DropPrevious(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "restores/{id}/previous")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var operation = OperationId.TryParse(id) is { Kind: Kind } parsed && sites.Names.Contains(parsed.Site, StringComparer.Ordinal)
                ? parsed
                : throw ApiFaults.UnknownOperation(id);
            var record = await records.FindAsync(operation.Site, id, cancellationToken) ?? throw RestoreChecks.NothingPrevious(id);
            if (await OperationStarter.FindRunningAsync(client, operation.Site, cancellationToken) is { } running)
            {
                // It may be renaming these very databases.
                throw ApiFaults.SiteBusy(operation.Site, running);
            }

            await using var site = sites.Open(operation.Site);
            var postgres = await site.GetPostgresAsync(cancellationToken);
            foreach (var database in record.Databases)
            {
                await DumpRestorer.DropAsync(postgres, database.Before, cancellationToken);
                logger.PreviousDropped(database.Before, operation.Site, id);
            }

            await records.ClearAsync(operation.Site, id, cancellationToken);
            return ApiResponse.Json(new DroppedPrevious([.. record.Databases.Select(database => database.Before)]));
        });

    private static async Task<string> PrunePathAsync(
        DurableTaskClient client, string? plan, string site, BackupManifest set, CancellationToken cancellationToken)
    {
        var instance = plan is { Length: > 0 } && OperationId.TryParse(plan) is { Kind: Kind }
            ? await client.GetInstanceAsync(plan, getInputsAndOutputs: true, cancellationToken)
            : null;
        if (instance is not { RuntimeStatus: OrchestrationRuntimeStatus.Completed } || instance.ReadOutputAs<RestoreReceipt>() is not { Mode: RestoreMode.Plan } receipt)
        {
            throw RestoreChecks.NoPrunePlan(plan, "it is no plan that was made");
        }

        return receipt.Site != site || receipt.Label != set.Label || receipt.SourceSite != set.Site
            ? throw RestoreChecks.NoPrunePlan(plan, $"it is for site '{receipt.Site}' and set {receipt.Label}")
            : receipt.Plan.Artifacts?.PrunePath ?? throw RestoreChecks.NoPrunePlan(plan, "it lists nothing to prune");
    }
}

/// <summary>The databases that were dropped.</summary>
public sealed record DroppedPrevious(IReadOnlyList<string> Dropped);
