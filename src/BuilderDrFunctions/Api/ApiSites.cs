using BuilderDrFunctions.Sites;

namespace BuilderDrFunctions.Api;

/// <summary>Finds the site a request means.</summary>
public static class ApiSites
{
    /// <summary>The named site, or the only one when none is named.</summary>
    /// <exception cref="RequestFaultException">DR1004 or DR1005.</exception>
    public static string Resolve(ISiteDirectory sites, string? asked)
    {
        if (string.IsNullOrEmpty(asked))
        {
            return sites.Names.Count == 1
                ? sites.Names[0]
                : throw ApiFaults.BadValue("site", "is missing", $"name one of: {string.Join(", ", sites.Names)}");
        }

        return sites.Names.Contains(asked, StringComparer.Ordinal) ? asked : throw ApiFaults.UnknownSite(asked, sites.Names);
    }
}
