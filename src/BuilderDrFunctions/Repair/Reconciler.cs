using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Repair;

/// <summary>Reads from a set's inventory where its database and its artifacts do not fit together; memory grows with the number of origins alone.</summary>
public sealed class Reconciler(IVault vault)
{
    /// <summary>Reads a set's inventory once.</summary>
    /// <param name="set">The set.</param>
    /// <param name="origin">Findings of this origin alone; null: of all. The sums are always over all.</param>
    /// <param name="after">Findings behind this key; null: from the first.</param>
    /// <param name="top">How many findings.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Reconciliation> ReadAsync(BackupManifest set, string? origin, string? after, int top, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(set);
        var expected = set.Files.First(file => file.Path == set.Artifacts.InventoryPath).Sha256;
        await using var inventory = await InventoryReader.OpenAsync(
            vault, SetPaths.Set(set.Site, new BackupLabel(set.Label)) + set.Artifacts.InventoryPath, expected, cancellationToken);
        var sums = new ArtifactSums();
        var origins = new SortedDictionary<string, ArtifactSums>(StringComparer.Ordinal);
        var findings = new List<ArtifactFinding>(top);
        var more = false;
        await foreach (var entry in inventory.ReadAsync(cancellationToken))
        {
            if (StateOf(entry) is not { } state)
            {
                continue;
            }

            var of = entry.Key.Split('/', 2)[0];
            sums = sums.With(state);
            origins[of] = origins.GetValueOrDefault(of, new ArtifactSums()).With(state);
            if ((origin is not null && !string.Equals(of, origin, StringComparison.Ordinal)) || (after is not null && KeyOrder.Compare(entry.Key, after) <= 0))
            {
                continue;
            }

            if (findings.Count < top)
            {
                findings.Add(new ArtifactFinding(entry.Key, state, entry.IsPresent ? entry.Bytes : null, state == ArtifactState.Missing && entry.Name is not null));
            }
            else
            {
                more = true;
            }
        }

        return new Reconciliation(
            set.Label, set.Site, set.RecoveryPoint, sums, [.. origins.Take(Reconciliation.MostOrigins).Select(item => new OriginSums(item.Key, item.Value))],
            origins.Count > Reconciliation.MostOrigins, findings, more ? findings[^1].Key : null);
    }

    private static ArtifactState? StateOf(InventoryEntry entry) => entry.Verdict switch
    {
        ObjectVerdict.Missing => ArtifactState.Missing,
        // Gone while the set was taken; what is kept of it is what the dump still names.
        ObjectVerdict.Vanished when entry.Name is not null => ArtifactState.Missing,
        ObjectVerdict.Mismatch => ArtifactState.Corrupt,
        ObjectVerdict.Unreadable => ArtifactState.Unreadable,
        ObjectVerdict.Unlisted when entry.Key.EndsWith(".hart", StringComparison.Ordinal) => ArtifactState.WithoutMetadata,
        _ => null,
    };
}
