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
    /// <param name="setWins">The set's keys will be written over those of the host; else one on the host is the one Builder uses.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyDictionary<string, byte[]?>?> ReadAsync(
        BackupManifest? set, IBuilderHost? host, string habRoot, bool setWins, CancellationToken cancellationToken)
    {
        if (set is null && host is null)
        {
            return null;
        }

        var ofSet = set?.Configuration is null ? new Dictionary<string, byte[]?>(StringComparer.Ordinal)
            : cipher.HasKey ? await configuration.ReadKeysAsync(set, cancellationToken)
            : set.Configuration.KeyRevisions.ToDictionary(name => name, _ => (byte[]?)null, StringComparer.Ordinal);
        var ofHost = host is null ? new Dictionary<string, byte[]?>(StringComparer.Ordinal) : await ReadAsync(host, habRoot, cancellationToken);
        var (winner, other) = setWins ? (ofSet, ofHost) : (ofHost, ofSet);
        foreach (var (name, content) in other)
        {
            winner.TryAdd(name, content);
        }

        return winner;
    }

    private static async Task<Dictionary<string, byte[]?>> ReadAsync(IBuilderHost host, string habRoot, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        foreach (var pattern in Patterns)
        {
            foreach (var file in await host.FindFilesAsync(habRoot.TrimEnd('/') + pattern, cancellationToken))
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
