using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.ServiceControl;

/// <summary>Starts a site's API and takes the wish for it off the record.</summary>
/// <remarks>
/// The API counts. A wish that stays on record, because the vault is away or became read-only, is no reason to call a started API down, nor to undo a
/// restore: the watchdog finds it once the run has ended, sees the API up, and takes it off.
/// </remarks>
public sealed class StartApi(ISiteDirectory sites, MustRestartRecords records, TimeProvider time, ILogger<StartApi> logger)
{
    private static readonly TimeSpan ClearLimit = TimeSpan.FromSeconds(20);

    /// <summary>Returns when the API answers. Running it again is success.</summary>
    [Function(nameof(StartApi))]
    public async Task<StartReceipt> RunAsync([ActivityTrigger] ApiOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var api = await site.GetApiAsync(cancellationToken);
        await api.StartAsync(cancellationToken);
        var upAt = time.GetUtcNow();
        logger.ApiStarted(order.Site);
        await ClearAsync(order.Site, cancellationToken);
        return new StartReceipt(upAt);
    }

    private async Task ClearAsync(string site, CancellationToken cancellationToken)
    {
        try
        {
            await TimeLimit.RunAsync(ClearLimit, token => records.ClearAsync(site, token), cancellationToken);
        }
        catch (FaultException fault)
        {
            logger.WishStays(site, FaultText.OneLine(fault.Message));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            logger.WishStays(site, $"the vault did not answer within {ClearLimit.TotalSeconds:0} s");
        }
    }
}
