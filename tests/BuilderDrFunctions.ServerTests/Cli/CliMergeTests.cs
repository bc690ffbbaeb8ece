using BuilderDrFunctions.ServerTests.Merge;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary>A Builder from before August 2018, merged through the command line alone.</summary>
[Collection(LegacyGroup.Name)]
public sealed class CliMergeTests(LegacySandbox legacy)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plans_merges_and_proves_shards_and_databases()
    {
        await legacy.Builder.Host.Supervisor.BringAsync(wanted: true, Token);
        await using var app = await legacy.StartAppAsync();

        var hindered = await app.Chain.TellAsync(1, "stands against it: DR7020", "merge", "shards", "builder_originsrv", "--plan");
        Assert.Contains("merge planned, and something stands against it: DR7020: ", hindered.Error, StringComparison.Ordinal);
        Assert.Contains("  hint: ", hindered.Output, StringComparison.Ordinal);
        await legacy.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        await app.Chain.TellAsync(0, "Nothing stands against it; merge with: builder-dr merge shards builder_originsrv --site main --migrate --confirm main", "merge", "shards", "builder_originsrv", "--plan");
        var unconfirmed = await app.Chain.RunCliAsync("merge", "shards", "builder_originsrv", "--migrate");
        Assert.Equal(2, unconfirmed.Code);
        Assert.Contains("hint: ", unconfirmed.Error, StringComparison.Ordinal);

        foreach (var database in new[] { "builder_originsrv", "builder_sessionsrv" })
        {
            await app.Chain.TellAsync(0, $"Merged and proved: database {database}", "merge", "shards", database, "--migrate", "--confirm", "main");
        }

        await app.Chain.TellAsync(0, "builder-dr merge databases --site main --migrate --confirm main", "merge", "databases", "--plan");
        var merged = await app.Chain.TellAsync(0, "Merged and proved: database builder of site main", "merge", "databases", "--migrate", "--confirm", "main");
        await app.Chain.TellAsync(0, "origin_packages", "merge", "report", CliRun.OperationIn(merged.Output));
        await app.Chain.TellAsync(0, "It was merged before; nothing was changed", "merge", "databases", "--migrate", "--confirm", "main");
    }
}
