using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Sites;

/// <summary>The faults of site configuration, DR103x.</summary>
public static class SiteFaults
{
    /// <summary>No site of that name is configured.</summary>
    public static PermanentFaultException Unknown(string site, IEnumerable<string> known) =>
        new("DR1030", $"there is no site '{site}' in the settings", $"the configured sites are: {string.Join(", ", known)}");

    /// <summary>A setting is neither given nor to be found on the Builder host.</summary>
    public static PermanentFaultException Missing(string site, string setting, bool discovered) =>
        new("DR1031",
            discovered
                ? $"site '{site}' has no {setting}, and Builder's own config.toml does not say it either"
                : $"site '{site}' has no {setting}, and there is no way to the Builder host to look it up",
            $"set Sites__{site}__{setting.Replace(":", "__", StringComparison.Ordinal)}" + (discovered ? "" : $", or Sites__{site}__Service__Control (ssh or local) so that it can be read from config.toml"));

    /// <summary>There is no way to the Builder host.</summary>
    public static PermanentFaultException NoHost(string site) =>
        new("DR1031", $"site '{site}' has no Service:Control, so there is no way to its Builder host", $"set Sites__{site}__Service__Control to ssh or local");

    /// <summary>The database that the settings, or Builder's own configuration, name is not there.</summary>
    public static PermanentFaultException DatabaseMissing(string site, string database, string server) =>
        new("DR1034", $"{server} has no database '{database}'", $"correct Sites__{site}__Postgres__Database, or leave it out: then it is the one that [datastore] in Builder's own config.toml names, or else the one called as Builder's are");

    /// <summary>Builder's own configuration names one of the databases from before the merges, and there is what they were merged into.</summary>
    public static PermanentFaultException DatabaseUnclear(string site, string named, IEnumerable<string> found, string server) =>
        new("DR1035",
            $"it is not clear which databases on {server} Builder uses: [datastore] in its own config.toml names '{named}', and there is {string.Join(", ", found.Select(database => $"'{database}'"))} beside it",
            $"set Sites__{site}__Postgres__Database to the one that Builder works with; where a merge into 'builder' was broken off, drop or rename what it left");
}
