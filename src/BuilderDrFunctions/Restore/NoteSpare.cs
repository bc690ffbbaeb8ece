using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Notes what a spare shows now, and drops the database before the previous one: a spare refreshed every day must not fill its disk.</summary>
/// <remarks>The previous one stays, as after any replacement; and so does what the operator had there before the first refresh, until told otherwise.</remarks>
public sealed class NoteSpare(ISiteDirectory sites, SpareRecords spares, RestoreRecords records, ILogger<NoteSpare> logger)
{
    /// <summary>Running it again is success.</summary>
    [Function(nameof(NoteSpare))]
    public async Task<bool> RunAsync([ActivityTrigger] RestoreOrder order, CancellationToken cancellationToken)
    {
        var earlier = await spares.FindAsync(order.Site, cancellationToken);
        if (earlier?.OperationId == order.OperationId)
        {
            return true;
        }

        if (earlier is { ReplacedSpare: true } && await records.FindAsync(order.Site, earlier.OperationId, cancellationToken) is { } aside)
        {
            await using var site = sites.Open(order.Site);
            var postgres = await site.GetPostgresAsync(cancellationToken);
            foreach (var database in aside.Databases)
            {
                await DumpRestorer.DropAsync(postgres, database.Before, cancellationToken);
                logger.PreviousDropped(database.Before, order.Site, earlier.OperationId);
            }

            await records.ClearAsync(order.Site, earlier.OperationId, cancellationToken);
        }

        await spares.WriteAsync(new SpareRecord(order.Site, order.OperationId, order.Label, ReplacedSpare: earlier is not null), cancellationToken);
        return true;
    }
}
