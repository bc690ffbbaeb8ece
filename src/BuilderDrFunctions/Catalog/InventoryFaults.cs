using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Catalog;

/// <summary>What can be wrong with an inventory or a list of checksums, DR2101 to DR2119; docs/errors/mirror.md lists them.</summary>
public static class InventoryFaults
{
    /// <summary>Whether a fault says that a file is not as it was written, or that another version wrote it.</summary>
    public static bool IsUnreadable(FaultException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Code is "DR2101" or "DR2102" or "DR2104";
    }

    public static PermanentFaultException UnknownVersion(string path, string format, int version) => new(
        "DR2101",
        $"'{path}' is of format '{format}' version {version}, which this version of the app does not know",
        "It was written by a newer version, or is another file: use the app's version that wrote it.");

    public static PermanentFaultException Damaged(string path, string cause) => new(
        "DR2102",
        $"'{path}' is damaged: {cause}",
        "Use another backup set, or restore this file from a second copy of the vault; find out what changed it.");

    public static PermanentFaultException OutOfOrder(string path, string key, string previous) => new(
        "DR2103",
        $"'{path}' is to hold keys in binary order, but '{key}' comes after '{previous}'",
        "This is a defect of the app or of a listing it was given: report it with the run's log.");

    public static PermanentFaultException WrongDigest(string path, string expected, string found) => new(
        "DR2104",
        $"'{path}' has SHA-256 {found} and not {expected} as its manifest says",
        "Do not trust it: use another backup set, or restore this file from a second copy of the vault.");
}
