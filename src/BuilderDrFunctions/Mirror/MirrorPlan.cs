namespace BuilderDrFunctions.Mirror;

/// <summary>What a pass is going to do; the work lists lie in the vault.</summary>
/// <param name="Folder">Where they lie.</param>
/// <param name="Batches">How many there are, numbered from 1.</param>
/// <param name="Objects">Objects in the bucket.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="ToFetch">Objects new or changed.</param>
/// <param name="ToFetchBytes">Their size.</param>
/// <param name="Window">Batches to have under way at once.</param>
public sealed record MirrorPlan(string Folder, int Batches, long Objects, long Bytes, long ToFetch, long ToFetchBytes, int Window);
