using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Tests.Mirror;

/// <summary>A vault whose process "dies" at its n-th operation, before or after carrying it out.</summary>
internal sealed class BrittleVault(IVault inner) : IVault
{
    private int _left = int.MaxValue;

    public string Description => inner.Description;

    /// <summary>Operations until death.</summary>
    public void DieAfter(int operations) => _left = operations;

    public Task CheckWritableAsync(CancellationToken cancellationToken) => inner.CheckWritableAsync(cancellationToken);

    public async Task<VaultEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        Live();
        return await inner.FindAsync(path, cancellationToken);
    }

    public IAsyncEnumerable<VaultEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => inner.ListFoldersAsync(prefix, cancellationToken);

    public async Task<Stream> OpenReadAsync(string path, long offset, CancellationToken cancellationToken)
    {
        Live();
        return await inner.OpenReadAsync(path, offset, cancellationToken);
    }

    public async Task<VaultWriter> CreateAsync(string path, long? expectedBytes, CancellationToken cancellationToken)
        => new Writer(this, await inner.CreateAsync(path, expectedBytes, cancellationToken));

    public async Task<string?> TryReplaceAsync(string path, ReadOnlyMemory<byte> content, string? ifVersion, CancellationToken cancellationToken)
    {
        Live();
        var version = await inner.TryReplaceAsync(path, content, ifVersion, cancellationToken);
        Live();
        return version;
    }

    public async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        Live();
        var deleted = await inner.DeleteAsync(path, cancellationToken);
        Live();
        return deleted;
    }

    private void Live()
    {
        if (Interlocked.Decrement(ref _left) < 0)
        {
            throw new DiedException();
        }
    }

    internal sealed class DiedException : Exception;

    private sealed class Writer(BrittleVault vault, VaultWriter inner) : VaultWriter
    {
        public override Stream Content => inner.Content;

        public override async Task<bool> CommitAsync(CancellationToken cancellationToken)
        {
            vault.Live();
            var committed = await inner.CommitAsync(cancellationToken);
            vault.Live();
            return committed;
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
