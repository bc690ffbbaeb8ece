using System.Buffers;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Recovery;

/// <summary>The artifacts of a set, read back under their digests.</summary>
public sealed class StoredArtifacts(IVault vault)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Opens a stored version: its reader never gets to the end of a damaged one.</summary>
    /// <exception cref="PermanentFaultException">DR8005 or DR8006.</exception>
    public async Task<Stream> OpenAsync(string site, InventoryEntry entry, CancellationToken cancellationToken)
    {
        var path = ObjectVersion.PathOf(site, entry.Name!);
        var stored = await vault.FindAsync(path, cancellationToken) ?? throw RecoveryFaults.ObjectMissing(entry.Key, path);
        if (stored.Bytes != entry.Bytes)
        {
            throw RecoveryFaults.ObjectDamaged(entry.Key, path, $"it has {stored.Bytes} bytes and not {entry.Bytes}");
        }

        return new CheckedReadStream(
            await vault.OpenReadAsync(path, 0, cancellationToken), entry.Bytes, entry.Sha256!, why => RecoveryFaults.ObjectDamaged(entry.Key, path, why));
    }

    /// <summary>Reads a stored version to its end.</summary>
    /// <param name="site">Whose vault folder.</param>
    /// <param name="entry">Which one.</param>
    /// <param name="seen">Told every piece.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PermanentFaultException">DR8005 or DR8006.</exception>
    public async Task ReadAsync(string site, InventoryEntry entry, Func<ReadOnlyMemory<byte>, ValueTask> seen, CancellationToken cancellationToken)
    {
        await using var content = await OpenAsync(site, entry, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(entry.Bytes, 1, BufferBytes));
        try
        {
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await seen(buffer.AsMemory(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whether a fault says that a stored artifact cannot be had any more: a finding about it, not about the vault.</summary>
    public static bool IsLoss(FaultException fault) => fault.Code is RecoveryFaults.ObjectDamagedCode or RecoveryFaults.ObjectMissingCode;
}
