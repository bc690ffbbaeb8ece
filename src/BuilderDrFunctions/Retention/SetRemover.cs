using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Retention;

/// <summary>Removes one set: its manifest first, so that from then on it is no set, then its files. Done again after a crash, it goes on where it was.</summary>
public sealed class SetRemover(IVault vault, SetCatalog catalog, SetHolds holds, SetUses uses, TimeProvider time)
{
    /// <summary>Removes a set, unless it is held by now, or a restore to another site reads it. What the vault refuses to remove is told, and the rest goes.</summary>
    /// <param name="site">Whose set.</param>
    /// <param name="label">The set.</param>
    /// <param name="isLeftover">The folder was seen without a manifest: should there be one now, it stays.</param>
    /// <param name="isRunning">Whether an operation is under way; null: it is none of this installation's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<RemoveReceipt> RemoveAsync(
        string site, BackupLabel label, bool isLeftover, Func<string, CancellationToken, Task<bool?>> isRunning, CancellationToken cancellationToken)
    {
        var manifest = await vault.FindAsync(SetPaths.Manifest(site, label), cancellationToken);
        if (manifest is not null && isLeftover)
        {
            return new RemoveReceipt(Removed: false, 0, "it was committed since");
        }

        // On a full vault nobody notes a hold or a use either: removing is what makes room again.
        await FitsAsync(() => holds.MarkAsync(site, label, cancellationToken));
        if (manifest is not null && await WhyItStaysAsync(site, label, isRunning, cancellationToken) is { } reason)
        {
            await vault.DeleteAsync(SetHolds.MarkOf(site, label), cancellationToken);
            return new RemoveReceipt(Removed: false, 0, Problem: null) { Stays = reason };
        }

        long bytes = 0;
        if (manifest is not null)
        {
            if ((await vault.RemoveAsync(manifest.Path, cancellationToken)).Refusal is { } refusal)
            {
                await vault.RemoveAsync(SetHolds.MarkOf(site, label), cancellationToken);
                return new RemoveReceipt(Removed: false, 0, refusal.Brief);
            }

            bytes += manifest.Bytes;
        }

        // Also when a crash came between the manifest's end and this note.
        var isNoted = isLeftover || await FitsAsync(() => NoteAsync(site, label, cancellationToken));

        string? problem = null;
        await foreach (var file in vault.ListAsync(SetPaths.Set(site, label), cancellationToken))
        {
            if (file.Path == SetHolds.MarkOf(site, label))
            {
                continue;
            }

            var refusal = (await vault.RemoveAsync(file.Path, cancellationToken)).Refusal;
            problem ??= refusal?.Brief;
            bytes += refusal is null ? file.Bytes : 0;
        }

        if (!isNoted)
        {
            await NoteAsync(site, label, cancellationToken);
        }

        if (problem is null)
        {
            await vault.DeleteAsync(SetHolds.MarkOf(site, label), cancellationToken);
        }

        return new RemoveReceipt(Removed: true, bytes, problem);
    }

    private Task NoteAsync(string site, BackupLabel label, CancellationToken cancellationToken) =>
        catalog.NoteExpiryAsync(new ExpiredSet(label.Value, site, time.GetUtcNow()), cancellationToken);

    private static async Task<bool> FitsAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (PermanentFaultException fault) when (VaultFaults.IsFull(fault))
        {
            return false;
        }
    }

    private async Task<string?> WhyItStaysAsync(
        string site, BackupLabel label, Func<string, CancellationToken, Task<bool?>> isRunning, CancellationToken cancellationToken)
    {
        if (await holds.FindAsync(site, label, cancellationToken) is not null)
        {
            return "an operator holds it since";
        }

        return await uses.FindReaderAsync(site, label, isRunning, cancellationToken) is { } reader ? $"{reader} reads it" : null;
    }
}
