using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Drill;

/// <summary>Drops a drill's databases.</summary>
public sealed class EndDrill(ISiteDirectory sites, DrillServer server)
{
    /// <summary>Running it again is success.</summary>
    [Function(nameof(EndDrill))]
    public async Task<bool> RunAsync([ActivityTrigger] DrillProofOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Drill.Site);
        var postgres = await server.OpenAsync(site, cancellationToken);
        foreach (var database in order.Databases)
        {
            await DumpRestorer.DropAsync(postgres, database, cancellationToken);
        }

        return true;
    }
}
