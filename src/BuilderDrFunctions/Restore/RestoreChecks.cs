using System.Text.RegularExpressions;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Recovery;
using Microsoft.AspNetCore.Http;

namespace BuilderDrFunctions.Restore;

/// <summary>Refuses requests for restores that contradict themselves.</summary>
internal static partial class RestoreChecks
{
    /// <summary>Throws for the first field at fault.</summary>
    public static void Check(RestoreRequest asked, RestoreMode mode, string site)
    {
        if (mode == RestoreMode.Replace && asked.Confirm != site)
        {
            throw ApiFaults.BadValue("confirm", "does not name the site whose data is to be replaced", $"\"confirm\": \"{site}\"");
        }

        if (asked.Database is not null && !DatabaseName.IsUsable(asked.Database))
        {
            throw ApiFaults.BadValue(
                "database", "is no name for a database", $"use up to {DatabaseName.Longest} lower-case letters, digits and underscores, a letter first");
        }

        if (asked.Database is "postgres" or "template0" or "template1")
        {
            throw ApiFaults.BadValue("database", "is PostgreSQL's own", "choose another name");
        }

        if (asked.Prefix is not null && (mode != RestoreMode.Scratch || !Prefix().IsMatch(asked.Prefix)))
        {
            throw ApiFaults.BadValue("prefix", "is not a folder for a scratch restore", "use letters, digits, hyphens and slashes, a slash last, and mode 'scratch'");
        }

        if (mode == RestoreMode.Scratch && (asked.Prune || asked.Force))
        {
            throw ApiFaults.BadValue(asked.Prune ? "prune" : "force", "has no meaning for a scratch restore", "leave it out");
        }

        if (mode == RestoreMode.Replace && asked is { Prune: true, Plan: null })
        {
            throw ApiFaults.BadValue("plan", "is missing", "ask for mode 'plan' with \"prune\": true first, look at it, then name its operation as \"plan\"");
        }
    }

    /// <summary>Pruning without a plan that fits.</summary>
    public static RequestFaultException NoPrunePlan(string? plan, string why) =>
        ApiFaults.BadValue("plan", $"'{plan}' does not allow to prune: {why}", "ask for mode 'plan' with \"prune\": true for the same site and set, look at it, then name its operation as \"plan\"");

    /// <summary>Nothing was put aside by that restore, or it is dropped already.</summary>
    public static RequestFaultException NothingPrevious(string id) =>
        new(StatusCodes.Status404NotFound, "DR8046", $"restore {id} keeps no previous database", "it was no replacement, was undone, or its previous database is dropped already");

    /// <summary>What seems to be the newest set is dated in the future.</summary>
    public static RequestFaultException NewestIsAhead(string site, string ahead, string? newest) =>
        new(StatusCodes.Status409Conflict, "DR8016",
            $"which set of site '{site}' is the newest cannot be told: {ahead} is dated in the future, because the clock was wrong when it was taken, or is wrong now; "
            + (newest is null ? "so are all the others" : $"the newest one that is not is {newest}"),
            "name the set that you want by its id, as \"backup\"; GET /api/backups lists them", "backup");

    [GeneratedRegex(@"^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,60}/){1,4}\z", RegexOptions.None, 1000)]
    private static partial Regex Prefix();
}
