namespace BuilderDrFunctions.Catalog;

/// <summary>What is left of a set that expired: that it was one.</summary>
/// <param name="Label">Its id.</param>
/// <param name="Site">Of which Builder.</param>
/// <param name="At">UTC; when retention removed it.</param>
public sealed record ExpiredSet(string Label, string Site, DateTimeOffset At);
