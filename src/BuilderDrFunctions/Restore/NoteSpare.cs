using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Notes what a spare shows now, and drops the database before the previous one: a spare refreshed every day must not fill its disk.</summary>
/// <remarks>
/// The previous one stays, as after any replacement; and so do what the operator had there before the first refresh, and what was written to after it was
/// restored, until told otherwise.
/// </remarks>
public sealed class NoteSpare(ISiteDirectory sites, SpareRecords spares, RestoreRecords records, ILogger<NoteSpare> logger)
{
    /// <summary>Gives what an operator must know. Running it again is success.</summary>
    [Function(nameof(NoteSpare))]
    public async Task<string[]> RunAsync([ActivityTrigger] NoteSpareOrder order, CancellationToken cancellationToken)
    {
        var earlier = await spares.FindAsync(order.Site, cancellationToken);
        if (earlier?.OperationId == order.OperationId)
        {
            return [];
        }

        var kept = new List<string>();
        if (earlier is { ReplacedPoint: { } point } && await records.FindAsync(order.Site, earlier.OperationId, cancellationToken) is { } aside)
        {
            await using var site = sites.Open(order.Site);
            var postgres = await site.GetPostgresAsync(cancellationToken);
            foreach (var database in aside.Databases.Select(database => database.Before))
            {
                if (await postgres.FindOwnerAsync(database, cancellationToken) is null)
                {
                    continue;
                }

                if (await FindReasonToKeepAsync(postgres, database, point, cancellationToken) is { } reason)
                {
                    kept.Add($"'{database}' {reason}, and is kept: look at it, then DELETE /api/restores/{earlier.OperationId}/previous");
                    continue;
                }

                await DumpRestorer.DropAsync(postgres, database, cancellationToken);
                logger.PreviousDropped(database, order.Site, earlier.OperationId);
            }

            if (kept.Count == 0)
            {
                await records.ClearAsync(order.Site, earlier.OperationId, cancellationToken);
            }
        }

        await spares.WriteAsync(new SpareRecord(order.Site, order.OperationId, order.Label, order.RecoveryPoint, earlier?.RecoveryPoint), cancellationToken);
        return [.. kept];
    }

    // What lets nobody in, such as one that the operator closed, may have been written to.
    private static async Task<string?> FindReasonToKeepAsync(PostgresServer postgres, string database, DateTimeOffset restoredTo, CancellationToken cancellationToken)
    {
        try
        {
            return await NewestWrite.FindAsync(postgres, database, cancellationToken) is { } newest && newest > restoredTo
                ? $"was written to at {newest:u}, after it was restored"
                : null;
        }
        catch (PermanentFaultException fault)
        {
            return $"cannot be looked into ({fault.Brief})";
        }
    }
}

/// <summary>What a spare shows now.</summary>
/// <param name="Site">The spare.</param>
/// <param name="OperationId">The run that restored it.</param>
/// <param name="Label">The set.</param>
/// <param name="RecoveryPoint">The set's, UTC.</param>
public sealed record NoteSpareOrder(string Site, string OperationId, string Label, DateTimeOffset RecoveryPoint);
