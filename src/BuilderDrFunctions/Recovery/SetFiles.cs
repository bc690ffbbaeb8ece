using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Recovery;

/// <summary>The files of a committed set, read back under their digests.</summary>
public sealed class SetFiles(IVault vault, SetCatalog catalog)
{
    private const int FingerprintLimit = 32 * 1024 * 1024;

    /// <summary>A set's manifest.</summary>
    /// <exception cref="PermanentFaultException">DR8003.</exception>
    public async Task<BackupManifest> GetAsync(string site, string label, CancellationToken cancellationToken) =>
        await catalog.FindAsync(site, new BackupLabel(label), cancellationToken) ?? throw RecoveryFaults.NoSuchSet(site, label);

    /// <summary>Opens a file of a set: its reader never gets to the end of a damaged one.</summary>
    /// <exception cref="PermanentFaultException">DR8001 or DR8002.</exception>
    public async Task<Stream> OpenAsync(BackupManifest set, string path, CancellationToken cancellationToken)
    {
        var file = set.Files.FirstOrDefault(file => file.Path == path) ?? throw RecoveryFaults.FileDamaged(set.Label, "manifest.json", $"it does not list '{path}'");
        var at = SetPaths.Set(set.Site, new BackupLabel(set.Label)) + path;
        var entry = await vault.FindAsync(at, cancellationToken) ?? throw RecoveryFaults.FileMissing(set.Label, path);
        if (entry.Bytes != file.Bytes)
        {
            throw RecoveryFaults.FileDamaged(set.Label, path, $"it has {entry.Bytes} bytes and not {file.Bytes}");
        }

        return new CheckedReadStream(
            await vault.OpenReadAsync(at, 0, cancellationToken), file.Bytes, file.Sha256, why => RecoveryFaults.FileDamaged(set.Label, path, why));
    }

    /// <summary>What a dump must become again.</summary>
    public async Task<DatabaseFingerprint> ReadFingerprintAsync(BackupManifest set, DatabaseRecord database, CancellationToken cancellationToken)
    {
        await using var stream = await OpenAsync(set, database.FingerprintPath, cancellationToken);
        if (stream.Length > FingerprintLimit)
        {
            throw RecoveryFaults.FileDamaged(set.Label, database.FingerprintPath, $"it has more than {FingerprintLimit} bytes");
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(stream, CatalogJson.Of<DatabaseFingerprint>(), cancellationToken)
                ?? throw RecoveryFaults.FileDamaged(set.Label, database.FingerprintPath, "it is empty");
        }
        catch (JsonException exception)
        {
            throw RecoveryFaults.FileDamaged(set.Label, database.FingerprintPath, $"line {exception.LineNumber + 1} is not as it should be");
        }
    }

    /// <summary>How a dump is stored.</summary>
    public static DumpCompression CompressionOf(DatabaseRecord database) => database.Compression == "zstd" ? DumpCompression.Zstd : DumpCompression.Gzip;
}
