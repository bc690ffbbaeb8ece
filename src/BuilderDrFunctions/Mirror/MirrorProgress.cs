namespace BuilderDrFunctions.Mirror;

/// <summary>How far a pass is.</summary>
/// <param name="Phase"><c>listing</c>, <c>fetching</c> or <c>settling</c>.</param>
/// <param name="Objects">Objects dealt with; while listing: listed.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="TotalObjects">Objects to fetch; null while listing.</param>
/// <param name="TotalBytes">Their size.</param>
public sealed record MirrorProgress(string Phase, long Objects, long Bytes, long? TotalObjects, long? TotalBytes);
