using System.Text.Json;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>An operator's word that a set must not expire.</summary>
/// <param name="Label">The set.</param>
/// <param name="Site">Of which Builder.</param>
/// <param name="At">UTC; since when.</param>
/// <param name="Reason">Why; may be empty.</param>
public sealed record SetHold(string Label, string Site, DateTimeOffset At, string Reason);

/// <summary>Keeps <see cref="SetHold"/>s in the vault, next to the sets they are about, and the marks of sets that are being removed.</summary>
/// <remarks>
/// A hold is written before the mark is looked for, the mark before the hold: of an operator who holds a set and a run that removes it at the same
/// moment at least one sees the other, so no set goes whose hold was answered with success. On a vault that is full neither finds room: then a hold that is
/// there counts, and the mark is left out.
/// </remarks>
public sealed class SetHolds(IVault vault)
{
    private const int RecordLimit = 16 * 1024;

    /// <summary>Puts a hold down; an older one of the same set stays.</summary>
    public Task WriteAsync(SetHold hold, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hold);
        return vault.TryReplaceAsync(
            PathOf(hold.Site, new BackupLabel(hold.Label)), JsonSerializer.SerializeToUtf8Bytes(hold, CatalogJson.Options), ifVersion: null, cancellationToken);
    }

    /// <summary>A set's hold, or null.</summary>
    public Task<SetHold?> FindAsync(string site, BackupLabel label, CancellationToken cancellationToken) =>
        vault.ReadJsonAsync(PathOf(site, label), CatalogJson.Of<SetHold>(), RecordLimit, cancellationToken);

    /// <summary>Takes a hold away; false when there was none.</summary>
    public Task<bool> ClearAsync(string site, BackupLabel label, CancellationToken cancellationToken) => vault.DeleteAsync(PathOf(site, label), cancellationToken);

    /// <summary>Says that a set is about to be removed.</summary>
    public Task MarkAsync(string site, BackupLabel label, CancellationToken cancellationToken) =>
        vault.TryReplaceAsync(MarkOf(site, label), "{}"u8.ToArray(), ifVersion: null, cancellationToken);

    /// <summary>Whether a set is being removed.</summary>
    public async Task<bool> IsMarkedAsync(string site, BackupLabel label, CancellationToken cancellationToken) =>
        await vault.FindAsync(MarkOf(site, label), cancellationToken) is not null;

    /// <summary>The mark's path: the last of a set's files to go.</summary>
    public static string MarkOf(string site, BackupLabel label) => SetPaths.Set(site, label) + "expiring.json";

    /// <summary>Where a set's hold lies.</summary>
    public static string PathOf(string site, BackupLabel label) => SetPaths.Set(site, label) + "hold.json";
}
