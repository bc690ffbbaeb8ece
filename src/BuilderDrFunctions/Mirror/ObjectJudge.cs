using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Mirror;

/// <summary>Gives an object its verdict against the checksum that the set's dump has for it.</summary>
internal sealed class ObjectJudge(MirrorPass pass, bool hasChecksums)
{
    /// <summary>The entry of a row without an object.</summary>
    public static InventoryEntry WithoutObject(string key) => new(key, 0, "", DateTimeOffset.UnixEpoch, ObjectVerdict.Missing);

    /// <summary>Judges an entry.</summary>
    /// <param name="entry">From the draft (in the bucket and stored; or not in the bucket, but an earlier version is stored) or from a receipt.</param>
    /// <param name="expected">The row's BLAKE2b-256; null: no row.</param>
    /// <returns>Null when the inventory need not speak of it.</returns>
    public InventoryEntry? Judge(InventoryEntry entry, string? expected)
    {
        if (entry.Verdict == ObjectVerdict.Unreadable)
        {
            return entry;
        }

        if (entry.IsPresent)
        {
            return entry with { Verdict = OfStored(entry, expected) };
        }

        return pass == MirrorPass.Warm ? entry : OfAbsent(entry, expected);
    }

    private ObjectVerdict OfStored(InventoryEntry entry, string? expected)
    {
        if (!hasChecksums)
        {
            return ObjectVerdict.Unchecked;
        }

        return expected is null ? ObjectVerdict.Unlisted
            : string.Equals(expected, entry.Blake2b, StringComparison.OrdinalIgnoreCase) ? ObjectVerdict.Verified
            : ObjectVerdict.Mismatch;
    }

    /// <summary>
    /// An object that is not in the bucket matters only when the dump still names it. A stored version that fits the row stays in the inventory,
    /// so that a restore brings it back and no garbage collection takes it.
    /// </summary>
    private static InventoryEntry? OfAbsent(InventoryEntry entry, string? expected)
    {
        if (expected is null)
        {
            // Without a stored version it was listed, and gone when it was to be read: worth a word. Else it was deleted before, with its row.
            return entry.Name is null && entry.Verdict == ObjectVerdict.Vanished ? entry : null;
        }

        return entry.Name is not null && string.Equals(expected, entry.Blake2b, StringComparison.OrdinalIgnoreCase) ? entry : WithoutObject(entry.Key);
    }
}
