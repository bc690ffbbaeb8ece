using System.Text.Json;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>What a replacement put aside: written before the first database is renamed, removed with the databases it names.</summary>
/// <param name="OperationId">The restore.</param>
/// <param name="Site">Whose databases.</param>
/// <param name="Label">The set that took their place.</param>
/// <param name="Databases">The names.</param>
/// <param name="BegunAt">UTC.</param>
public sealed record RestoreRecord(string OperationId, string Site, string Label, IReadOnlyList<ReplacedDatabase> Databases, DateTimeOffset BegunAt);

/// <summary>A database that was put aside.</summary>
/// <param name="Live">What it was called.</param>
/// <param name="Before">What it is called now.</param>
public sealed record ReplacedDatabase(string Live, string Before);

/// <summary>Keeps <see cref="RestoreRecord"/>s in the vault, one a replacement.</summary>
public sealed class RestoreRecords(IVault vault)
{
    private const int RecordLimit = 64 * 1024;

    /// <summary>Puts a record down; done already is success.</summary>
    public Task WriteAsync(RestoreRecord record, CancellationToken cancellationToken) =>
        vault.TryCreateAsync(PathOf(record.Site, record.OperationId), JsonSerializer.SerializeToUtf8Bytes(record, CatalogJson.Options), cancellationToken);

    /// <summary>A replacement's record, or null.</summary>
    public Task<RestoreRecord?> FindAsync(string site, string operationId, CancellationToken cancellationToken) =>
        vault.ReadJsonAsync(PathOf(site, operationId), CatalogJson.Of<RestoreRecord>(), RecordLimit, cancellationToken);

    /// <summary>Takes a record away.</summary>
    public Task ClearAsync(string site, string operationId, CancellationToken cancellationToken) => vault.DeleteAsync(PathOf(site, operationId), cancellationToken);

    private static string PathOf(string site, string operationId) => $"sites/{site}/restores/{operationId}/previous.json";
}
