namespace BuilderDrFunctions.Vault;

/// <summary>Where backup sets lie: named, immutable blobs and a few small mutable documents. Paths use <c>/</c> and are relative.</summary>
/// <remarks>
/// Implementations translate what their SDK throws into <see cref="Faults.FaultException"/>s (DR5xxx) whose text holds no secret.
/// Nothing is visible under its path before it is whole. Paths: letters, digits and <c>. _ - + = @</c>, in segments that neither begin nor end
/// with a full stop (DR5007 otherwise); a name is a blob or a folder, never both.
/// </remarks>
public interface IVault
{
    /// <summary>The place, for messages: an address without any secret.</summary>
    string Description { get; }

    /// <summary>Proves that a blob can be written, read back and removed; throws a fault naming the cause if not.</summary>
    Task CheckWritableAsync(CancellationToken cancellationToken);

    /// <summary>What lies at <paramref name="path"/>, or null.</summary>
    Task<VaultEntry?> FindAsync(string path, CancellationToken cancellationToken);

    /// <summary>Everything whose path begins with <paramref name="prefix"/>, streamed, in ordinal order of the path.</summary>
    IAsyncEnumerable<VaultEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>The folders one level below <paramref name="prefix"/> (which ends in <c>/</c> or is empty), by name, without those that hold no blob.</summary>
    /// <remarks>In ordinal order of the names with a <c>/</c> behind them, which is the order their blobs are listed in: <c>a-b</c> before <c>a</c>.</remarks>
    IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Opens a blob for reading from <paramref name="offset"/> on; a missing one is a permanent fault.</summary>
    Task<Stream> OpenReadAsync(string path, long offset, CancellationToken cancellationToken);

    /// <summary>Begins a new blob, which exists only after <see cref="VaultWriter.CommitAsync"/>.</summary>
    /// <param name="path">Where it will be.</param>
    /// <param name="expectedBytes">Its size where known: small ones go up in one request.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    Task<VaultWriter> CreateAsync(string path, long? expectedBytes, CancellationToken cancellationToken);

    /// <summary>Writes a small mutable document if it is still as it was read.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="content">All of it.</param>
    /// <param name="ifVersion">The <see cref="VaultEntry.Version"/> it was read at; null: it must not exist yet.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The new version, or null when the document is no longer (or not yet) at that version.</returns>
    Task<string?> TryReplaceAsync(string path, ReadOnlyMemory<byte> content, string? ifVersion, CancellationToken cancellationToken);

    /// <summary>Removes a blob; false when there was none.</summary>
    Task<bool> DeleteAsync(string path, CancellationToken cancellationToken);
}
