namespace BuilderDrFunctions.Catalog;

/// <summary>The first line of an inventory, behind its format and version.</summary>
/// <param name="Site">The Builder it is of.</param>
/// <param name="Operation">The run that wrote it.</param>
public sealed record InventoryHeader(string Site, string Operation);
