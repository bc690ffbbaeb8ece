using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Restore;

/// <summary>Writes a set's keys to the Builder host, and its configuration beside. A different key that is there already is never overwritten unasked.</summary>
public sealed class WriteKeys(ISiteDirectory sites, SetFiles files, SetConfiguration configuration, IVault vault)
{
    /// <summary>Gives what was written. Running it again is success: what is there already is left.</summary>
    [Function(nameof(WriteKeys))]
    public async Task<KeysReceipt> RunAsync([ActivityTrigger] RestoreOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var host = await site.GetHostAsync(cancellationToken) ?? throw RestoreFaults.NoHost(order.Site);
        var set = await files.GetAsync(order.SourceSite, order.Label, cancellationToken);
        var wish = order.Wish(site.HabRoot);

        // The first attempt's word counts: a later one finds what that one wrote.
        var restored = await configuration.WriteAsync(
            set, host, wish,
            outcomes => vault.TryCreateJsonAsync(UndoKeys.RecordOf(order), [.. outcomes], CatalogJson.Of<RestoredFile[]>(), cancellationToken), cancellationToken);
        return new KeysReceipt(
            SetConfiguration.CountWritten(restored), restored.Count(file => file.Outcome == RestoreOutcome.Same),
            [.. restored.Where(file => file.Outcome == RestoreOutcome.Beside).Select(file => file.Path)], wish.BesideFolder);
    }
}
