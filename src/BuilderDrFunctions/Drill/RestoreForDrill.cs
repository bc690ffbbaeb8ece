using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Drill;

/// <summary>Restores one dump into a drill's scratch database and proves it by its fingerprint. What is wrong with the dump is a finding.</summary>
public sealed class RestoreForDrill(
    ISiteDirectory sites, SetFiles files, DumpRestorer dumps, DrillServer server, TimeProvider time, ILogger<RestoreForDrill> logger)
{
    /// <summary>Gives the restored database, or the finding. Run again, it begins anew.</summary>
    [Function(nameof(RestoreForDrill))]
    public Task<DrillRestoreReceipt> RunAsync([ActivityTrigger] DrillRestoreOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.Drill.OperationId, order.Database.Name);
        return link.RunAsync(token => RestoreAsync(order, link, token), cancellationToken);
    }

    private async Task<DrillRestoreReceipt> RestoreAsync(DrillRestoreOrder order, OperationLink link, CancellationToken cancellationToken)
    {
        var set = await files.GetAsync(order.Drill.Site, order.Label, cancellationToken);
        var database = set.Databases.Single(database => database.Name == order.Database.Name);
        await using var site = sites.Open(order.Drill.Site);
        var postgres = await server.OpenAsync(site, cancellationToken);
        try
        {
            await dumps.CheckAsync(set, database, postgres, static _ => ValueTask.CompletedTask, cancellationToken);
            return new DrillRestoreReceipt(
                await dumps.RestoreAsync(set, database, postgres, order.Database.Scratch, owner: null, (bytes, total) => link.Report(bytes, total), cancellationToken), null);
        }
        catch (PermanentFaultException fault) when (KindOf(fault) is { } kind)
        {
            return new DrillRestoreReceipt(null, new DrillFinding(kind, fault.Brief));
        }
    }

    /// <summary>What a fault says of the set; null where it is about the server, the tools or the way to them, which are no finding.</summary>
    internal static DrillFindingKind? KindOf(PermanentFaultException fault) => fault.Code switch
    {
        RecoveryFaults.FingerprintDiffersCode => DrillFindingKind.DatabaseDiffers,
        _ when RecoveryFaults.IsDamage(fault) => DrillFindingKind.DumpDamaged,
        PostgresFaults.RestoreRefusedCode or PostgresFaults.NoSuchRoleCode => DrillFindingKind.DumpRefused,
        _ => null,
    };
}
