using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.ObjectStore;

namespace BuilderDrFunctions.Drill;

/// <summary>Finds the packages of a restored database whose artifact is not in the set: after a recovery they could not be installed.</summary>
/// <param name="mostNamed">How many of them are named; the others are counted.</param>
internal sealed class UnstoredPackages(int mostNamed)
{
    private readonly List<string> _first = [];
    private long _count;

    /// <summary>Holds a database's packages against a set's inventory. Both are in the binary order of keys, and read once.</summary>
    public async Task AddAsync(IAsyncEnumerable<PackageChecksum> packages, IAsyncEnumerable<InventoryEntry> inventory, CancellationToken cancellationToken)
    {
        await using var entries = inventory.GetAsyncEnumerator(cancellationToken);
        var hasEntry = await entries.MoveNextAsync();
        await foreach (var package in packages.WithCancellation(cancellationToken))
        {
            while (hasEntry && KeyOrder.Compare(entries.Current.Key, package.Key) < 0)
            {
                hasEntry = await entries.MoveNextAsync();
            }

            if (!(hasEntry && entries.Current.Key == package.Key && entries.Current.Name is not null))
            {
                Add(package.Key);
            }
        }
    }

    /// <summary>The findings: the first by name, the others as a number.</summary>
    public IReadOnlyList<DrillFinding> Findings() =>
    [
        .. _first.Select(key => Finding($"artifact '{key}' is not in the set, and the restored database has its package")),
        .. _count > _first.Count ? [Finding($"and {_count - _first.Count} more packages of the restored database likewise")] : Array.Empty<DrillFinding>(),
    ];

    private static DrillFinding Finding(string what) => new(DrillFindingKind.ArtifactMissing, what);

    private void Add(string key)
    {
        _count++;
        if (_first.Count < mostNamed)
        {
            _first.Add(key);
        }
    }
}
