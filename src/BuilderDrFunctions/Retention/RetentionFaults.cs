using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using Microsoft.AspNetCore.Http;

namespace BuilderDrFunctions.Retention;

/// <summary>What can go wrong with retention, DR2200 to DR2219; docs/errors/retention.md lists them.</summary>
public static class RetentionFaults
{
    /// <summary>The names a run wrote down are not as it wrote them.</summary>
    public static PermanentFaultException NamesDamaged(string path, string why) =>
        new("DR2201", $"'{path}', a list of object names of this very run, cannot be trusted: {why}", "no object was removed; start the expiry again, and look at what changes the vault meanwhile");

    /// <summary>A set that was to stay is not there any more.</summary>
    public static PermanentFaultException SetGone(string site, string label) =>
        new("DR2204", $"backup set {label} of site '{site}', which was to stay, has no manifest any more", "no object was removed; something else removes files of the vault, or its disk answers wrongly: look at that, then start the expiry again");

    /// <summary>A folder is without the manifest it had: nothing of it goes.</summary>
    public static PermanentFaultException ManifestLost(string site, string label, string sign) =>
        new("DR2205", $"backup set {label} of site '{site}' has lost its manifest ({sign}), and stays as it is",
            $"bring '{SetPaths.Manifest(site, new BackupLabel(label))}' back from the second vault or from the storage's versions; if nobody wants the set, remove its folder by hand. Until then no stored object is collected");

    /// <summary>A hold came while the set was already on its way out.</summary>
    public static RequestFaultException BeingRemoved(string label) =>
        new(StatusCodes.Status409Conflict, "DR2202", $"backup set {label} is just being removed", $"if the removal was cut short the hold stands: ask again in a minute, and look with GET /api/backups/{label}");

    /// <summary>There is no hold.</summary>
    public static RequestFaultException NotHeld(string label) =>
        new(StatusCodes.Status404NotFound, "DR2203", $"backup set {label} is not held", $"POST /api/backups/{label}/hold holds it");
}
