namespace BuilderDrFunctions.Repair;

/// <summary>Keeps the artifacts to be uploaded first, in bounded memory.</summary>
/// <remarks>
/// A build resolves its dependencies to packages that exist and then takes its own time as its release, so a dependency's release is the smaller one:
/// in the order of releases dependencies come first. Those left out when there are too many are the newest, on which none of the others depends.
/// </remarks>
internal sealed class UploadList(int most)
{
    private readonly SortedSet<PlannedUpload> _uploads = new(Comparer<PlannedUpload>.Create(Compare));

    /// <summary>Some were left out.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Takes an artifact on.</summary>
    public void Add(PlannedUpload upload)
    {
        _uploads.Add(upload);
        if (_uploads.Count > most)
        {
            _uploads.Remove(_uploads.Max!);
            HasMore = true;
        }
    }

    /// <summary>Dependencies first.</summary>
    public IReadOnlyList<PlannedUpload> Sorted() => [.. _uploads];

    private static int Compare(PlannedUpload? left, PlannedUpload? right)
    {
        var release = string.CompareOrdinal(left!.Package.Release, right!.Package.Release);
        return release != 0 ? release : string.CompareOrdinal(left.Key, right.Key);
    }
}
