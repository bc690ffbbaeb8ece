using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Restore;

/// <summary>Removes what only the run needed, and databases that were restored and not put in place.</summary>
public sealed class CleanUpRestore(ISiteDirectory sites, SetUses uses, IVault vault)
{
    /// <summary>Running it again is success.</summary>
    [Function(nameof(CleanUpRestore))]
    public async Task<bool> RunAsync([ActivityTrigger] CleanUpOrder order, CancellationToken cancellationToken)
    {
        if (order.Databases.Count > 0)
        {
            await using var site = sites.Open(order.Site);
            var postgres = await site.GetPostgresAsync(cancellationToken);
            foreach (var database in order.Databases)
            {
                await DumpRestorer.DropAsync(postgres, database, cancellationToken);
            }
        }

        await vault.RemoveScratchAsync(SetPaths.Run(order.Site, order.OperationId), cancellationToken);

        if (order.Reads is { } read)
        {
            await uses.EndAsync(read.Site, new BackupLabel(read.Label), order.OperationId, cancellationToken);
        }

        return true;
    }
}

/// <summary>What is to go.</summary>
/// <param name="OperationId">The run, whose folder in the vault is removed.</param>
/// <param name="Site">Whose server.</param>
/// <param name="Databases">This run's own databases, by the names only it gives.</param>
public sealed record CleanUpOrder(string OperationId, string Site, IReadOnlyList<string> Databases)
{
    /// <summary>The other site's set that may expire again; null: none.</summary>
    public SetRead? Reads { get; init; }
}

/// <summary>A set of another site.</summary>
public sealed record SetRead(string Site, string Label);
