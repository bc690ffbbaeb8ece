using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Drill;

/// <summary>Chooses the set to rehearse with, and drops what drills left that were terminated.</summary>
public sealed class BeginDrill(
    ISiteDirectory sites, SetCatalog catalog, DrillServer server, IOptions<RecoveryOptions> recovery, TimeProvider time, ILogger<BeginDrill> logger)
{
    /// <summary>Gives the plan.</summary>
    /// <exception cref="Faults.PermanentFaultException">DR8060, or DR8061: a rehearsal must not fill the disk of the databases that it stands beside.</exception>
    [Function(nameof(BeginDrill))]
    public async Task<DrillPlan> RunAsync([ActivityTrigger] DrillOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var (newest, ahead) = await catalog.FindNewestAsync(order.Site, until: null, time.GetUtcNow(), cancellationToken);
        var set = newest ?? throw DrillFaults.NoSet(order.Site, ahead);
        if (ahead is not null)
        {
            logger.AheadPassedOver(ahead, order.Site);
        }

        await using var site = sites.Open(order.Site);
        var postgres = await server.OpenAsync(site, cancellationToken);
        await postgres.ProbeAsync(cancellationToken);
        var id = OperationId.TryParse(order.OperationId)!;
        foreach (var database in await DrillServer.ListAsync(postgres, cancellationToken))
        {
            if (!await IsRunningAsync(client, database, cancellationToken))
            {
                await DumpRestorer.DropAsync(postgres, database, cancellationToken);
                logger.LeftoverDropped(database);
            }
        }

        await CheckDiskAsync(set, postgres, await server.HostAsync(site, cancellationToken), cancellationToken);
        return new DrillPlan(
            set.Label, set.RecoveryPoint, [.. set.Databases.Select((database, index) => new DrillDatabase(database.Name, DrillNames.Of(id, index)))], set.Artifacts.Bytes);
    }

    private async Task CheckDiskAsync(BackupManifest set, PostgresServer postgres, IBuilderHost? host, CancellationToken cancellationToken)
    {
        var needed = ServerSpace.BytesFor(set) + recovery.Value.DiskReserveBytes;
        if (await ServerDisk.FreeAsync(postgres, host, cancellationToken) is not { } free)
        {
            logger.DiskUnseen(postgres.Description, needed);
        }
        else if (free < needed)
        {
            throw DrillFaults.DiskTooSmall(postgres.Description, needed, free);
        }
    }

    // Drills of several sites may share a server; one site's never run side by side.
    private async Task<bool> IsRunningAsync(DurableTaskClient client, string database, CancellationToken cancellationToken)
    {
        if (DrillNames.RunOf(database) is not var (at, suffix))
        {
            return true;
        }

        foreach (var site in sites.Names)
        {
            if (await client.GetInstanceAsync(new OperationId(DrillEndpoints.Kind, at, site, suffix).ToString(), cancellationToken) is { IsCompleted: false })
            {
                return true;
            }
        }

        return false;
    }
}
