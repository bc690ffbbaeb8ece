namespace BuilderDrFunctions.Catalog;

/// <summary>One line of an inventory: an object version, where the vault keeps it, and what was found about it.</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Bytes">Its size; 0 for a missing artifact of which nothing is kept.</param>
/// <param name="ETag">Bare; empty for a missing artifact of which nothing is kept.</param>
/// <param name="ModifiedAt">UTC, as the bucket says.</param>
/// <param name="Verdict">What was found.</param>
public sealed record InventoryEntry(string Key, long Bytes, string ETag, DateTimeOffset ModifiedAt, ObjectVerdict Verdict)
{
    /// <summary>The stored version's name (see <see cref="ObjectVersion"/>); null where the vault holds nothing for this key.</summary>
    public string? Name { get; init; }

    /// <summary>64 lower-case hex digits of the content's SHA-256; null without a stored version.</summary>
    public string? Sha256 { get; init; }

    /// <summary>64 lower-case hex digits of the content's BLAKE2b-256, taken of <c>.hart</c> files.</summary>
    public string? Blake2b { get; init; }

    /// <summary>The origin key named in the <c>.hart</c> header; null where there is no such header.</summary>
    public string? Signer { get; init; }

    /// <summary>Whether the object was in the bucket at the set's time, which is what enumerating a set gives.</summary>
    public bool IsPresent => Verdict is ObjectVerdict.Unchecked or ObjectVerdict.Verified or ObjectVerdict.Unlisted or ObjectVerdict.Mismatch or ObjectVerdict.Unreadable;
}

/// <summary>What was found about an object. Names are part of the stored format, in camel case.</summary>
public enum ObjectVerdict
{
    /// <summary>Only in a run's draft: still to be fetched.</summary>
    Pending = 0,

    /// <summary>Stored; there was no list of checksums to hold it against.</summary>
    Unchecked = 1,

    /// <summary>Stored, and its BLAKE2b-256 is the one the set's dump has for it.</summary>
    Verified = 2,

    /// <summary>Stored; the set's dump has no row for it.</summary>
    Unlisted = 3,

    /// <summary>Stored as it is in the bucket, but the set's dump has another checksum for it.</summary>
    Mismatch = 4,

    /// <summary>The set's dump has a row, the bucket has no object. An older stored version that fits the row is kept, if there is one.</summary>
    Missing = 5,

    /// <summary>Deleted while mirroring. The stored version is kept where the set's dump still names it.</summary>
    Vanished = 6,

    /// <summary>In the bucket, but the bucket's service fails to give it, time and again, while it gives others.</summary>
    Unreadable = 7,
}
