using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;

namespace BuilderDrFunctions.Api;

/// <summary>Finds the set a request means.</summary>
public static class ApiSets
{
    /// <summary>The committed set of that id, whichever site it is of.</summary>
    /// <exception cref="RequestFaultException">DR1007 or DR1011.</exception>
    public static Task<BackupManifest> FindAsync(ISiteDirectory sites, SetCatalog catalog, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sites);
        return FindAsync(sites.Names, catalog, id, cancellationToken);
    }

    /// <summary>The committed set of that id, of the first of these sites that has it.</summary>
    /// <exception cref="RequestFaultException">DR1007 or DR1011.</exception>
    public static async Task<BackupManifest> FindAsync(IEnumerable<string> sites, SetCatalog catalog, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentNullException.ThrowIfNull(catalog);
        if (BackupLabel.TryParse(id) is not { } label)
        {
            throw ApiFaults.UnknownBackup(id);
        }

        ExpiredSet? expired = null;
        foreach (var site in sites)
        {
            if (await catalog.FindAsync(site, label, cancellationToken) is { } set)
            {
                return set;
            }

            expired ??= await catalog.FindExpiredAsync(site, label, cancellationToken);
        }

        throw expired is null ? ApiFaults.UnknownBackup(id) : ApiFaults.ExpiredBackup(expired);
    }
}
