using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Recovery;

/// <summary>Reads Builder's own secret keys, from a set and from a host.</summary>
public sealed class BuilderKeys(SetConfiguration configuration, VaultCipher cipher)
{
    private static readonly string[] Patterns = ["/svc/builder-api/files/bldr-*.box.key", "/cache/keys/bldr-*.box.key"];

    /// <summary>The keys by name; a name without content where a key may not be read. Null where nobody can tell.</summary>
    /// <param name="set">The set that has keys, too; null: none does.</param>
    /// <param name="host">The host that has keys; null: none does.</param>
    /// <param name="habRoot">Where Habitat lies on the host.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyDictionary<string, byte[]?>?> ReadAsync(BackupManifest? set, IBuilderHost? host, string habRoot, CancellationToken cancellationToken)
    {
        if (set is null && host is null)
        {
            return null;
        }

        var keys = set?.Configuration is null ? new Dictionary<string, byte[]?>(StringComparer.Ordinal)
            : cipher.HasKey ? await configuration.ReadKeysAsync(set, cancellationToken)
            : set.Configuration.KeyRevisions.ToDictionary(name => name, _ => (byte[]?)null, StringComparer.Ordinal);
        foreach (var pattern in host is null ? [] : Patterns)
        {
            // A key on the host is the one Builder will use: it counts more than the set's.
            foreach (var file in await host!.FindFilesAsync(habRoot.TrimEnd('/') + pattern, cancellationToken))
            {
                if (SetConfiguration.NameOf(file.Path) is { } name)
                {
                    keys[name] = await host.ReadFileAsync(file.Path, cancellationToken);
                }
            }
        }

        return keys;
    }
}
