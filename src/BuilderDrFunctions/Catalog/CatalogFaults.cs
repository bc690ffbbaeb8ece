using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Catalog;

/// <summary>The faults of stored sets, DR203x.</summary>
public static class CatalogFaults
{
    /// <summary>Whether a fault says that a manifest is not as it was written, or that another version wrote it.</summary>
    public static bool IsUnreadable(FaultException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Code is "DR2030" or "DR2031" or "DR2034";
    }

    /// <summary>Whether a fault says that a manifest is not as it was written.</summary>
    public static bool IsDamage(FaultException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Code is "DR2030" or "DR2034";
    }

    /// <summary>The manifest cannot be read as one.</summary>
    public static PermanentFaultException MalformedManifest(string path, string why) =>
        new("DR2030", $"{path} is not a readable manifest: {why}", "the set cannot be trusted; use another one, and look at what changed the vault");

    /// <summary>The manifest is of another format.</summary>
    public static PermanentFaultException UnknownFormat(string path, int format) =>
        new("DR2031", $"{path} has format {format}; this version reads format {BackupManifest.CurrentFormat}", "use the version of Builder DR that wrote it, or a newer one");

    /// <summary>A set of that label is already committed by another run.</summary>
    public static PermanentFaultException AlreadyCommitted(string path, string? writer) =>
        new("DR2032", $"{path} is already there, written by {writer ?? "another run"}", "nothing was overwritten; back up again, which makes a set of another label, and see whether two installations share this vault and the site's name");

    /// <summary>A file of the set is not as it was written.</summary>
    public static PermanentFaultException DigestDiffers(string path, string expected, string found) =>
        new("DR2033", $"{path} has SHA-256 {found} on reading it back, not {expected}", "the vault does not keep what is written to it; check its disk or account, then back up again");

    /// <summary>The manifest reads well and is not as it was written.</summary>
    public static PermanentFaultException BrokenSeal(string path) =>
        new("DR2034", $"{path} is not as it was written: its seal is broken", "the set cannot be trusted; use another one, or bring this file back from a second copy, and look at what changed the vault");
}
