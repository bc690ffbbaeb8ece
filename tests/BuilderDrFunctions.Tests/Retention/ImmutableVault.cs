using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Tests.Retention;

/// <summary>A vault with an immutability policy over some blobs; no storage service on loopback has one.</summary>
internal sealed class ImmutableVault(IVault inner, Func<string, bool> isImmutable) : IVault
{
    public string Description => inner.Description;

    public Task CheckWritableAsync(CancellationToken cancellationToken) => inner.CheckWritableAsync(cancellationToken);

    public Task<VaultEntry?> FindAsync(string path, CancellationToken cancellationToken) => inner.FindAsync(path, cancellationToken);

    public IAsyncEnumerable<VaultEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => inner.ListFoldersAsync(prefix, cancellationToken);

    public Task<Stream> OpenReadAsync(string path, long offset, CancellationToken cancellationToken) => inner.OpenReadAsync(path, offset, cancellationToken);

    public Task<VaultWriter> CreateAsync(string path, long? expectedBytes, CancellationToken cancellationToken) => inner.CreateAsync(path, expectedBytes, cancellationToken);

    public Task<string?> TryReplaceAsync(string path, ReadOnlyMemory<byte> content, string? ifVersion, CancellationToken cancellationToken) =>
        inner.TryReplaceAsync(path, content, ifVersion, cancellationToken);

    public Task<bool> DeleteAsync(string path, CancellationToken cancellationToken) => isImmutable(path)
        ? throw BlobErrors.Translate(Description, path, "deleting", new Azure.RequestFailedException(409, "", "BlobImmutableDueToPolicy", innerException: null))!
        : inner.DeleteAsync(path, cancellationToken);
}
