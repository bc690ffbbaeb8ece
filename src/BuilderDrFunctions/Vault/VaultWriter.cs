namespace BuilderDrFunctions.Vault;

/// <summary>A blob being written. Write to <see cref="Content"/>, then commit; disposing without a commit leaves nothing visible.</summary>
public abstract class VaultWriter : IAsyncDisposable
{
    /// <summary>Takes the bytes; back-pressure is the vault's.</summary>
    public abstract Stream Content { get; }

    /// <summary>Makes the blob visible, unless one already exists at its path.</summary>
    /// <returns>False when a blob was already there; it is left as it was.</returns>
    public abstract Task<bool> CommitAsync(CancellationToken cancellationToken);

    /// <summary>Drops what was not committed.</summary>
    public abstract ValueTask DisposeAsync();
}
