using System.Security.Cryptography;

namespace BuilderDrFunctions.Vault;

/// <summary>Writes, reads back and removes one small blob.</summary>
internal static class WritableCheck
{
    internal static async Task RunAsync(IVault vault, CancellationToken cancellationToken)
    {
        var path = $"checks/{Guid.NewGuid():N}";
        var content = RandomNumberGenerator.GetBytes(64);
        await vault.TryCreateAsync(path, content, cancellationToken);
        var found = await vault.ReadSmallAsync(path, content.Length, cancellationToken);
        await vault.DeleteAsync(path, cancellationToken);
        if (found is null || !found.Content.AsSpan().SequenceEqual(content))
        {
            throw VaultFaults.ReadBackDiffers(vault.Description, path);
        }
    }
}
