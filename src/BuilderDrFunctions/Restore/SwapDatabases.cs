using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Puts restored databases in the place of the live ones: one transaction, after what it puts aside is on record.</summary>
public sealed class SwapDatabases(ISiteDirectory sites, RestoreRecords records, TimeProvider time, ILogger<SwapDatabases> logger)
{
    /// <summary>Renames; run again, it looks at what is there and goes on from it. Gives the names put aside.</summary>
    [Function(nameof(SwapDatabases))]
    public async Task<string[]> RunAsync([ActivityTrigger] SwapOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        List<ReplacedDatabase> replaced = [.. order.Databases.Where(pair => pair.Before is not null).Select(pair => new ReplacedDatabase(pair.Live, pair.Before!))];
        if (replaced.Count > 0)
        {
            await records.WriteAsync(new RestoreRecord(order.OperationId, order.Site, order.Label, replaced, time.GetUtcNow()), cancellationToken);
        }

        await new DatabaseSwap(postgres, time).DoAsync(order, cancellationToken);
        foreach (var pair in order.Databases)
        {
            logger.DatabaseReplaced(pair.Live, order.Site, order.OperationId);
        }

        return [.. replaced.Select(database => database.Before)];
    }
}
