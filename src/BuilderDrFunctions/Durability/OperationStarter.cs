using System.Text.Json;
using BuilderDrFunctions.Faults;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Durability;

/// <summary>Starts operations, one at a time on each site.</summary>
public sealed class OperationStarter(ILogger<OperationStarter> logger)
{
    private static readonly TimeSpan UntilReadable = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UntilReleased = TimeSpan.FromSeconds(10);

    /// <summary>Starts an operation, unless another one holds its site.</summary>
    /// <param name="client">The durable client.</param>
    /// <param name="id">Its id, which names the site.</param>
    /// <param name="orchestrator">Name of the orchestrator.</param>
    /// <param name="input">That orchestrator's input.</param>
    /// <param name="trigger">Who asked, for the log.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Null when it was started; else the id of the operation that holds the site.</returns>
    public async Task<string?> TryStartAsync(
        DurableTaskClient client, OperationId id, string orchestrator, object input, string trigger, CancellationToken cancellationToken)
    {
        var operation = new SiteOperation(id.ToString(), id.Site, orchestrator, JsonSerializer.SerializeToElement(input));
        try
        {
            if (await FindHolderAsync(client, id.Site, cancellationToken) is null)
            {
                await client.ScheduleNewOrchestrationInstanceAsync(
                    nameof(SiteLockOrchestrator), operation, new StartOrchestrationOptions(id.LockId), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or FaultException))
        {
            // Hosts differ in the exception for an id that is taken; what counts is who holds the lock now. It may have been taken
            // this very moment and not be readable yet.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(UntilReadable);
            var held = await client.WaitForInstanceStartAsync(id.LockId, getInputsAndOutputs: true, limit.Token);
            if (held.IsCompleted)
            {
                throw;
            }
        }

        var holder = await FindRunningAsync(client, id.Site, cancellationToken) ?? operation.OperationId;
        if (holder != operation.OperationId)
        {
            logger.OperationRefused(operation.OperationId, holder, id.Site);
            return holder;
        }

        logger.OperationStarted(operation.OperationId, trigger);
        return null;
    }

    /// <summary>The operation that holds a site now, or null.</summary>
    public static async Task<string?> FindRunningAsync(DurableTaskClient client, string site, CancellationToken cancellationToken)
    {
        var held = await client.GetInstanceAsync(OperationId.LockOf(site), getInputsAndOutputs: true, cancellationToken);
        return held is null || held.IsCompleted ? null : held.ReadInputAs<SiteOperation>()?.OperationId;
    }

    // An operation is seen to have ended a moment before its site is free again: who awaits the one and then asks for the next is not to be refused.
    private static async Task<string?> FindHolderAsync(DurableTaskClient client, string site, CancellationToken cancellationToken)
    {
        var holder = await FindRunningAsync(client, site, cancellationToken);
        if (holder is null || await client.GetInstanceAsync(holder, cancellationToken) is not { IsCompleted: true })
        {
            return holder;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(UntilReleased);
        try
        {
            await client.WaitForInstanceCompletionAsync(OperationId.LockOf(site), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The store is slow: the request is refused, as while the operation ran.
        }

        return await FindRunningAsync(client, site, cancellationToken);
    }
}
