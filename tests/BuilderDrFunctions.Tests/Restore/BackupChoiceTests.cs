using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Restore;

public sealed class BackupChoiceTests
{
    private readonly MemoryVault vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("null")]
    [InlineData("\"latest\"")]
    [InlineData("{\"asOf\":\"2026-01-01T00:00:00Z\"}")]
    public async Task A_site_without_a_set_is_told_so(string backup)
    {
        // the folder of a run that did not get far
        vault[SetPaths.Set("main", new BackupLabel("20250101T020000Z-nightly-1a2b")) + "dumps/builder.dump"] = [1];

        var fault = await RefusedAsync(backup);

        Assert.Equal(("DR1007", "site 'main' has no backup set yet"), (fault.Code, fault.What));
        Assert.Contains("builder-dr backup", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_moment_before_the_oldest_set_is_told_which_is_the_oldest()
    {
        await CommitAsync("20261121T020000Z-nightly-1a2b");
        await CommitAsync("20261122T020000Z-nightly-1a2b");

        var fault = await RefusedAsync("{\"asOf\":\"2020-01-01T00:00:00Z\"}");

        Assert.Equal(("DR1007", "no set of site 'main' shows 2020-01-01 00:00:00 UTC or earlier; the oldest is 20261121T020000Z-nightly-1a2b"), (fault.Code, fault.What));
    }

    private Task<RequestFaultException> RefusedAsync(string backup) => Assert.ThrowsAsync<RequestFaultException>(
        () => new BackupChoice(new FakeSite(), new SetCatalog(vault), new FakeTimeProvider(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero))).ResolveAsync(JsonSerializer.Deserialize<JsonElement>(backup), null, "main", Token));

    private async Task CommitAsync(string label)
    {
        var at = new BackupLabel(label).At;
        await new SetCatalog(vault).CommitAsync(
            new BackupManifest(
                BackupManifest.CurrentFormat, label, "main", $"backup-{label}", at, at, at, new ApiRecord(false, 0, null), [],
                new ArtifactsRecord("inventory.jsonl.zst", 0, 0, 0, 0, new InventoryCounts()), null, [], []),
            Token);
    }
}
