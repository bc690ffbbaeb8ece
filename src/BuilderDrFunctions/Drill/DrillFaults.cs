using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Drill;

/// <summary>The faults of drills, DR8060 to DR8069; docs/errors/restore.md lists them.</summary>
public static class DrillFaults
{
    /// <summary>There is nothing to rehearse with.</summary>
    public static PermanentFaultException NoSet(string site, string? ahead) => ahead is null
        ? new("DR8060", $"site '{site}' has no committed backup set to rehearse a restore with", "take one: POST /api/backups")
        : new("DR8060", $"all backup sets of site '{site}' are dated in the future, such as {ahead}: there is none to rehearse a restore with", "set the clock of the app's machine right, and take one: POST /api/backups");

    /// <summary>A rehearsal would fill the server's disk.</summary>
    public static PermanentFaultException DiskTooSmall(string server, long needed, long free) =>
        new("DR8061", $"a drill needs about {needed} bytes on the disk of {server}, and {free} are free; nothing was restored",
            "free some, or give drills a server of their own: Drill__Server__Host");
}
