using System.Text.Json;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>What a spare was last restored to.</summary>
/// <param name="Site">The spare.</param>
/// <param name="OperationId">The run that restored it.</param>
/// <param name="Label">The set it shows.</param>
/// <param name="RecoveryPoint">The set's, UTC.</param>
/// <param name="ReplacedPoint">The recovery point of what that run put aside; null: it was what the operator had there first.</param>
public sealed record SpareRecord(string Site, string OperationId, string Label, DateTimeOffset RecoveryPoint, DateTimeOffset? ReplacedPoint);

/// <summary>Keeps one <see cref="SpareRecord"/> a spare in the vault.</summary>
public sealed class SpareRecords(IVault vault)
{
    private const int RecordLimit = 4096;

    /// <summary>The spare's record; null before its first restore.</summary>
    public Task<SpareRecord?> FindAsync(string site, CancellationToken cancellationToken) =>
        vault.ReadJsonAsync(PathOf(site), CatalogJson.Of<SpareRecord>(), RecordLimit, cancellationToken);

    /// <summary>Replaces the spare's record.</summary>
    public async Task WriteAsync(SpareRecord record, CancellationToken cancellationToken)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(record, CatalogJson.Options);
        string? version;
        do
        {
            version = (await vault.FindAsync(PathOf(record.Site), cancellationToken))?.Version;
        }
        while (await vault.TryReplaceAsync(PathOf(record.Site), content, version, cancellationToken) is null);
    }

    private static string PathOf(string site) => SetPaths.Site(site) + "spare.json";
}
