using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Vault;

/// <summary>Removing blobs that the vault may have to keep, such as under a legal hold.</summary>
internal static class VaultRemoval
{
    /// <summary>Removes a blob, or tells why the vault does not let it go. What else goes wrong is thrown.</summary>
    internal static async Task<Removal> RemoveAsync(this IVault vault, string path, CancellationToken cancellationToken)
    {
        try
        {
            return new Removal(await vault.DeleteAsync(path, cancellationToken), Refusal: null);
        }
        catch (PermanentFaultException fault) when (VaultFaults.IsRefusedRemoval(fault))
        {
            return new Removal(Removed: false, fault);
        }
    }

    /// <summary>Removes a run's folder, or a part of it. What may not go yet costs its space and nothing else: the next sweep tries again.</summary>
    /// <returns>Bytes freed.</returns>
    internal static async Task<long> RemoveScratchAsync(this IVault vault, string folder, CancellationToken cancellationToken)
    {
        long bytes = 0;
        await foreach (var file in vault.ListAsync(folder, cancellationToken))
        {
            bytes += (await vault.RemoveAsync(file.Path, cancellationToken)).Removed ? file.Bytes : 0;
        }

        return bytes;
    }
}

/// <summary>What became of a blob that was to go.</summary>
/// <param name="Removed">It was there and is gone.</param>
/// <param name="Refusal">Why it stays; null: it is gone.</param>
internal readonly record struct Removal(bool Removed, PermanentFaultException? Refusal);
