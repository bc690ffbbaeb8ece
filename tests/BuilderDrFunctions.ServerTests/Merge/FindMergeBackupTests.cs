using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.ServerTests.Recovery;
using BuilderDrFunctions.ServerTests.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>Which committed set a merge takes for the backup of what it merges.</summary>
public sealed class FindMergeBackupTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_lacks_a_database_and_one_that_holds_it_as_it_was_before_are_refused()
    {
        await using var database = await servers.NewBuilderDatabaseAsync();
        using var set = await TestSet.OfAsync(database);
        var (lacking, holding) = (set.Manifest, set.Manifest with { Label = "20261122T030000Z-before-merge-1a2b", Databases = [set.Database with { Name = database.Name }] });
        var activity = new FindMergeBackup(new OneSite(database.Cluster), new SetCatalog(set.Vault), Options.Create(new MergeOptions()), TimeProvider.System, NullLogger<FindMergeBackup>.Instance);
        var merge = new MergeOrder("merge-20261122T030000Z-main-1a2b", TestSet.Site, MergeKind.Shards, database.Name, MergeMode.Migrate, "backup-20261122T030000Z-main-1a2b", holding.Label);

        // What takes a moment asks no durable store whether it is to end.
        Task<string?> FindAsync(string? label) => activity.RunAsync(new MergeBackupOrder(merge, label), client: null!, Cancellation);

        async Task AssertRefusedAsync(string label, string code, string what, string hint)
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => FindAsync(label));
            Assert.Equal(code, fault.Code);
            Assert.Equal(what, fault.What);
            Assert.Contains(hint, fault.Hint, StringComparison.Ordinal);
        }

        await AssertRefusedAsync(lacking.Label, "DR7028", $"backup set {lacking.Label} does not hold {database.Name}, so nothing was merged", "leave Sites__<site>__Postgres__Database out");
        Assert.Null(await FindAsync(null));

        await set.Vault.TryCreateAsync(SetPaths.Manifest(TestSet.Site, new BackupLabel(holding.Label)), ManifestSeal.Write(holding), Cancellation);
        Assert.Equal(holding.Label, await FindAsync(null));
        Assert.Equal(holding.Label, await FindAsync(holding.Label));

        await database.Cluster.ExecuteAsync(database.Name, "UPDATE origins SET owner_id = owner_id + 1", Cancellation);
        await AssertRefusedAsync(holding.Label, "DR7029", $"database '{database.Name}' is not what backup set {holding.Label} holds, so nothing was merged", "stop every Builder service");
        Assert.Null(await FindAsync(null));
    }
}
