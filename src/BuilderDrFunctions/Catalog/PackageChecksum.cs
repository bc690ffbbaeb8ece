namespace BuilderDrFunctions.Catalog;

/// <summary>What the database says an artifact must hash to: one row of <c>origin_packages</c>, under the key of its object.</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Blake2b">64 lower-case hex digits.</param>
public sealed record PackageChecksum(string Key, string Blake2b);
