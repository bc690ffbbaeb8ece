using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Drill;
using Xunit;

namespace BuilderDrFunctions.Tests.Drill;

public sealed class UnstoredPackagesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finds_what_the_inventory_has_not_and_what_it_has_without_a_stored_object()
    {
        var unstored = new UnstoredPackages(mostNamed: 20);
        await unstored.AddAsync(Packages("a", "c", "d", "f"), Inventory(("b", true), ("c", true), ("d", false), ("e", true)), Token);

        var findings = unstored.Findings();

        Assert.All(findings, finding => Assert.Equal(DrillFindingKind.ArtifactMissing, finding.Kind));
        Assert.Equal(["'a'", "'d'", "'f'"], findings.Select(finding => finding.What.Split(' ')[1]), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Finds_nothing_where_every_package_has_its_artifact()
    {
        var unstored = new UnstoredPackages(mostNamed: 20);
        await unstored.AddAsync(Packages("a", "c"), Inventory(("a", true), ("b", false), ("c", true)), Token);
        Assert.Empty(unstored.Findings());
    }

    [Fact]
    public async Task Names_the_first_and_counts_the_others()
    {
        var unstored = new UnstoredPackages(mostNamed: 2);
        await unstored.AddAsync(Packages("a", "b", "c", "d", "e"), Inventory(), Token);
        Assert.Equal("and 3 more packages of the restored database likewise", unstored.Findings()[2].What);
    }

    private static IAsyncEnumerable<PackageChecksum> Packages(params string[] keys) => keys.Select(key => new PackageChecksum(key, "")).ToAsyncEnumerable();

    private static IAsyncEnumerable<InventoryEntry> Inventory(params (string Key, bool Stored)[] entries) => entries
        .Select(entry => new InventoryEntry(entry.Key, 1, "e", DateTimeOffset.UnixEpoch, ObjectVerdict.Verified) { Name = entry.Stored ? "n" : null }).ToAsyncEnumerable();
}
