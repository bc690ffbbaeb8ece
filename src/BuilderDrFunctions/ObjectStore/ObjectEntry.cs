namespace BuilderDrFunctions.ObjectStore;

/// <summary>An object as the bucket lists it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="ETag">Bare, without quotes.</param>
/// <param name="ModifiedAt">UTC.</param>
public sealed record ObjectEntry(string Key, long Bytes, string ETag, DateTimeOffset ModifiedAt);
