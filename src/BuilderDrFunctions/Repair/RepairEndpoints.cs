using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Repair;

/// <summary>Plans repairs and carries plans out: <c>/api/repairs</c>.</summary>
public sealed class RepairEndpoints(ISiteDirectory sites, OperationStarter starter, TimeProvider time, ILogger<RepairEndpoints> logger)
{
    private const string Kind = "repair";

    /// <summary><c>POST /api/repairs</c>: 202 with the operation's addresses. Without a plan it makes one, which changes nothing and takes no lock.</summary>
    [Function(nameof(StartRepair))]
    [Takes(typeof(RepairRequest))]
    [Answers(StatusCodes.Status202Accepted, typeof(AcceptedOperation))]
    public Task<IResult> StartRepair(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "repairs")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var asked = await ApiRequest.ReadAsync<RepairRequest>(request, cancellationToken);
            var site = ApiSites.Resolve(sites, asked.Site);
            var id = OperationId.New(Kind, site, time.GetUtcNow());
            if (asked.Plan is null)
            {
                await client.ScheduleNewOrchestrationInstanceAsync(
                    nameof(RepairOrchestrator), new RepairOrder(id.ToString(), site, null), new StartOrchestrationOptions(id.ToString()), cancellationToken);
                return AcceptedOperation.Of(request, client, id, site);
            }

            if (asked.Confirm != site)
            {
                throw ApiFaults.BadValue("confirm", "does not name the site whose bucket and database are to be changed", $"give \"confirm\": \"{site}\" if you mean it");
            }

            var order = new RepairOrder(id.ToString(), site, await PlanAsync(client, asked.Plan, site, cancellationToken));
            var running = await starter.TryStartAsync(client, id, nameof(RepairOrchestrator), order, "HTTP", cancellationToken);
            return running is null ? AcceptedOperation.Of(request, client, id, site) : throw ApiFaults.SiteBusy(site, running);
        });

    private async Task<RepairPlan> PlanAsync(DurableTaskClient client, string plan, string site, CancellationToken cancellationToken)
    {
        var id = OperationId.TryParse(plan) is { Kind: Kind } parsed ? parsed : throw RepairFaults.NoPlan(plan, "that is no repair's id");
        if (id.Site != site)
        {
            throw RepairFaults.NoPlan(plan, $"it is for site '{id.Site}'");
        }

        if (time.GetUtcNow() - id.At > RepairPlans.Life)
        {
            throw RepairFaults.NoPlan(plan, "it is older than a day, and much may have changed since");
        }

        var instance = await client.GetInstanceAsync(plan, getInputsAndOutputs: true, cancellationToken);
        return instance is { IsCompleted: false } ? throw RepairFaults.NoPlan(plan, "it has not ended yet")
            : instance is { RuntimeStatus: OrchestrationRuntimeStatus.Completed } && instance.ReadOutputAs<RepairReceipt>() is { Planned: true } receipt ? receipt.Plan
            : throw RepairFaults.NoPlan(plan, "it is no plan that was made");
    }
}
