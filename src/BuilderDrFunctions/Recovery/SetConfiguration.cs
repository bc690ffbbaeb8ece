using System.Formats.Tar;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Recovery;

/// <summary>The keys and the configuration in a set: decrypted, checked, and written to a Builder host.</summary>
public sealed class SetConfiguration(SetFiles files, VaultCipher cipher)
{
    private const string KeyEnding = ".box.key";
    private const int LargestKey = 64 * 1024;

    /// <summary>Says what writing a set's package to a host would do; without a host the package is read to its end. Nothing is written.</summary>
    /// <returns>How many files would be written.</returns>
    /// <exception cref="Faults.PermanentFaultException">The package is damaged, the encryption key is another one (DR5022), or a key on the host differs (DR6041).</exception>
    public async Task<int> CheckAsync(BackupManifest set, IBuilderHost? host, ConfigurationWish wish, CancellationToken cancellationToken)
    {
        await using var package = await OpenAsync(set, cancellationToken);
        if (host is null)
        {
            await package.CopyToAsync(Stream.Null, cancellationToken);
            return 0;
        }

        return CountWritten(await new ConfigurationWriter(host).PlanAsync(package, Of(set, wish), cancellationToken));
    }

    /// <summary>Writes what is not on the host yet, with owner and mode as they were. Doing it again is success.</summary>
    /// <returns>Every file, and what became of it.</returns>
    /// <exception cref="Faults.PermanentFaultException">As <see cref="CheckAsync"/>; nothing was written then.</exception>
    public async Task<IReadOnlyList<RestoredFile>> WriteAsync(
        BackupManifest set, IBuilderHost host, ConfigurationWish wish, Func<IReadOnlyList<RestoredFile>, Task> announce, CancellationToken cancellationToken)
    {
        // The writer reads to the end and compares everything before it writes: a damaged package writes nothing.
        await using var package = await OpenAsync(set, cancellationToken);
        return await new ConfigurationWriter(host).WriteAsync(package, Of(set, wish), announce, cancellationToken);
    }

    /// <summary>Builder's own secret keys in a set, by name. The content is secret.</summary>
    internal async Task<Dictionary<string, byte[]?>> ReadKeysAsync(BackupManifest set, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        await using var package = await OpenAsync(set, cancellationToken);
        await using var tar = new TarReader(package);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (NameOf(entry.Name) is not { } name || entry.DataStream is not { } data || entry.Length > LargestKey)
            {
                continue;
            }

            var content = new byte[entry.Length];
            await data.ReadExactlyAsync(content, cancellationToken);
            keys[name] = content;
        }

        return keys;
    }

    /// <summary>How many files were, or would be, written.</summary>
    public static int CountWritten(IEnumerable<RestoredFile> files) => files.Count(file => file.Outcome is RestoreOutcome.Written or RestoreOutcome.Replaced);

    /// <summary>The key that lies at a path, or null when none does.</summary>
    internal static string? NameOf(string path) =>
        Path.GetFileName(path) is { } name && name.StartsWith("bldr-", StringComparison.Ordinal) && name.EndsWith(KeyEnding, StringComparison.Ordinal)
            ? name[..^KeyEnding.Length]
            : null;

    private static ConfigurationWish Of(BackupManifest set, ConfigurationWish wish) => set.Configuration?.HabRoot is { } saved ? wish with { SavedHabRoot = saved } : wish;

    private async Task<Stream> OpenAsync(BackupManifest set, CancellationToken cancellationToken) =>
        cipher.Decrypt(await files.OpenAsync(
            set, set.Configuration?.Path ?? throw RecoveryFaults.FileMissing(set.Label, "configuration.tar.enc"), cancellationToken));
}
