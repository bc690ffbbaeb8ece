namespace BuilderDrFunctions.Merge;

/// <summary>How far a merge is.</summary>
/// <param name="Step">The table, or the stage, under way.</param>
/// <param name="Tables">Tables done.</param>
/// <param name="TotalTables">All of them.</param>
/// <param name="Bytes">Copied so far; 0 where the server copies by itself.</param>
public sealed record MergeProgress(string Step, int Tables, int TotalTables, long Bytes);
