using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Restore;

/// <summary>Takes back what <see cref="WriteKeys"/> wrote in place: the host has the keys it had.</summary>
public sealed class UndoKeys(ISiteDirectory sites, IVault vault)
{
    private const int RecordLimit = 1024 * 1024;

    /// <summary>False where nothing had been written. Running it again is success.</summary>
    [Function(nameof(UndoKeys))]
    public async Task<bool> RunAsync([ActivityTrigger] RestoreOrder order, CancellationToken cancellationToken)
    {
        if (await vault.ReadJsonAsync(RecordOf(order), CatalogJson.Of<RestoredFile[]>(), RecordLimit, cancellationToken) is not { } outcomes)
        {
            return false;
        }

        await using var site = sites.Open(order.Site);
        var host = await site.GetHostAsync(cancellationToken) ?? throw RestoreFaults.NoHost(order.Site);
        await new ConfigurationWriter(host).TakeBackAsync(outcomes, order.Wish(site.HabRoot).KeptSuffix, cancellationToken);
        return true;
    }

    /// <summary>Where it is put down, before the first file is touched, what becomes of each. Paths, and no content.</summary>
    internal static string RecordOf(RestoreOrder order) => SetPaths.Run(order.Site, order.OperationId) + "keys.json";
}
