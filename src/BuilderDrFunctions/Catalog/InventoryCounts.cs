namespace BuilderDrFunctions.Catalog;

/// <summary>What an inventory adds up to.</summary>
/// <param name="Objects">Objects in the bucket at the set's time.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Unchecked">No checksums to hold against.</param>
/// <param name="Verified">As the dump says.</param>
/// <param name="Unlisted">No row in the dump.</param>
/// <param name="Mismatch">Another checksum than the dump's.</param>
/// <param name="Missing">A row without an object.</param>
/// <param name="Vanished">Deleted while mirroring.</param>
/// <param name="Unreadable">The bucket's service does not give it.</param>
public sealed record InventoryCounts(
    long Objects = 0, long Bytes = 0, long Unchecked = 0, long Verified = 0, long Unlisted = 0, long Mismatch = 0, long Missing = 0, long Vanished = 0, long Unreadable = 0)
{
    /// <summary>Whether a restore from this inventory would lack an artifact or bring a corrupt one.</summary>
    public bool IsIncomplete => Mismatch > 0 || Missing > 0 || Unreadable > 0;

    /// <summary>These counts and one more entry.</summary>
    public InventoryCounts With(InventoryEntry entry) => (entry.IsPresent ? this with { Objects = Objects + 1, Bytes = Bytes + entry.Bytes } : this).WithVerdict(entry.Verdict);

    private InventoryCounts WithVerdict(ObjectVerdict verdict) => verdict switch
    {
        ObjectVerdict.Pending => this,
        ObjectVerdict.Unchecked => this with { Unchecked = Unchecked + 1 },
        ObjectVerdict.Verified => this with { Verified = Verified + 1 },
        ObjectVerdict.Unlisted => this with { Unlisted = Unlisted + 1 },
        ObjectVerdict.Mismatch => this with { Mismatch = Mismatch + 1 },
        ObjectVerdict.Missing => this with { Missing = Missing + 1 },
        ObjectVerdict.Vanished => this with { Vanished = Vanished + 1 },
        ObjectVerdict.Unreadable => this with { Unreadable = Unreadable + 1 },
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
