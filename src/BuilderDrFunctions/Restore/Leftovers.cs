using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sites;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.Restore;

/// <summary>Finds databases that restores were filling when they were terminated, and which nobody will put in place any more.</summary>
internal sealed class Leftovers(ISiteDirectory sites, DurableTaskClient client)
{
    /// <summary>Their names.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var database in await postgres.ListDatabasesAsync(cancellationToken))
        {
            if (RestoreOrder.RestoringRunOf(database) is var (at, suffix) && !await IsRunningAsync(at, suffix, cancellationToken))
            {
                found.Add(database);
            }
        }

        return found;
    }

    // Several sites may share a server, and the name does not tell whose restore it was.
    private async Task<bool> IsRunningAsync(DateTimeOffset at, string suffix, CancellationToken cancellationToken)
    {
        foreach (var site in sites.Names)
        {
            if (await client.GetInstanceAsync(new OperationId(RestoreEndpoints.Kind, at, site, suffix).ToString(), cancellationToken) is { IsCompleted: false })
            {
                return true;
            }
        }

        return false;
    }
}
