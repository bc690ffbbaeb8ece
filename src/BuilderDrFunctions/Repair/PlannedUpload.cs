using BuilderDrFunctions.Habitat;

namespace BuilderDrFunctions.Repair;

/// <summary>An artifact to be uploaded.</summary>
/// <param name="Key">Its object's key.</param>
/// <param name="ETag">As the plan saw it.</param>
/// <param name="Bytes">Its size.</param>
public sealed record PlannedUpload(string Key, string ETag, long Bytes)
{
    /// <summary>The package.</summary>
    internal PackageName Package => PackageName.TryParse(Key) ?? throw new System.Diagnostics.UnreachableException();
}
