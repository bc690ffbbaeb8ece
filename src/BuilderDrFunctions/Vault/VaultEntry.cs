namespace BuilderDrFunctions.Vault;

/// <summary>A blob in the vault.</summary>
/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Version">Opaque; changes with every write (an ETag).</param>
/// <param name="WrittenAt">UTC.</param>
public sealed record VaultEntry(string Path, long Bytes, string Version, DateTimeOffset WrittenAt);
