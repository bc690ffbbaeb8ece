namespace BuilderDrFunctions.Habitat;

/// <summary>A file of keys or configuration as a capture found it.</summary>
/// <param name="Path">Absolute, on the Builder host; a pattern where nothing matched it.</param>
/// <param name="Presence">Whether it is in the package.</param>
/// <param name="IsKey">Whether it is a Builder key, without which a restored database keeps its secrets to itself.</param>
/// <param name="Bytes">Its size; 0 where it is not in the package.</param>
/// <param name="Mode">Permission bits in octal, such as <c>600</c>; null where absent.</param>
/// <param name="Owner">User name; null where absent.</param>
/// <param name="Sha256">64 hex digits; null where it is not in the package.</param>
public sealed record CapturedFile(string Path, FilePresence Presence, bool IsKey, long Bytes, string? Mode, string? Owner, string? Sha256);

/// <summary>Whether a file was there.</summary>
public enum FilePresence
{
    /// <summary>Read, and in the package.</summary>
    Present,

    /// <summary>Not on the host.</summary>
    Absent,

    /// <summary>On the host, but not readable by this login; never a key, which would be a fault.</summary>
    Unreadable,
}
