using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Restores one dump into a database of the run's own, and proves it by its fingerprint. Nothing live is touched.</summary>
public sealed class RestoreDatabase(
    ISiteDirectory sites, SetFiles files, DumpRestorer dumps, IVault vault, TimeProvider time, ILogger<RestoreDatabase> logger)
{
    private const int ReceiptLimit = 64 * 1024;

    /// <summary>Gives what was restored. Run again after a crash, it returns the receipt or begins anew.</summary>
    [Function(nameof(RestoreDatabase))]
    public Task<RestoredDatabase> RunAsync([ActivityTrigger] RestoreDatabaseOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, order.Name);
        return link.RunAsync(token => RestoreAsync(order, link, token), cancellationToken);
    }

    private async Task<RestoredDatabase> RestoreAsync(RestoreDatabaseOrder order, OperationLink link, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var postgres = await site.GetPostgresAsync(cancellationToken);

        // The receipt is written last: with it the database is whole and proved.
        var receiptPath = SetPaths.Run(order.Site, order.OperationId) + $"restored-{order.Name}.json";
        if (await vault.ReadJsonAsync(receiptPath, CatalogJson.Of<RestoredDatabase>(), ReceiptLimit, cancellationToken) is { } earlier
            && await postgres.FindDatabaseAsync(order.Restoring, cancellationToken) is not null)
        {
            return earlier;
        }

        await vault.DeleteAsync(receiptPath, cancellationToken);
        var set = await files.GetAsync(order.SourceSite, order.Label, cancellationToken);
        var database = set.Databases.Single(database => database.Name == order.Name);
        var restored = await dumps.RestoreAsync(
            set, database, postgres, order.Restoring, order.Owner, (bytes, total) => link.Report(bytes, total), cancellationToken);
        if (order.InPlaceOf is { } former && await postgres.CopyPropertiesAsync(former, order.Restoring, cancellationToken) is { Count: > 0 } refused)
        {
            restored = restored with { NotCarriedOver = [.. restored.NotCarriedOver ?? [], .. refused] };
        }

        await vault.TryCreateJsonAsync(receiptPath, restored, CatalogJson.Of<RestoredDatabase>(), cancellationToken);
        logger.DatabaseRestored(
            order.Name, order.Label, order.Restoring, restored.Rows, restored.Tables, restored.RestoreSeconds, restored.ProofSeconds);
        return restored;
    }
}
