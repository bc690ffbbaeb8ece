using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Tests.Mirror;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Retention;

public sealed class RunSweepTests
{
    private const string Old = "sites/main/repairs/repair-20261119T120000Z-main-1a2b/uploads.jsonl.zst";
    private const string Young = "sites/main/repairs/repair-20261121T130000Z-main-1a2b/uploads.jsonl.zst";

    [Fact]
    public async Task A_plan_of_a_repair_goes_once_it_is_too_old_to_be_carried_out()
    {
        var vault = new MemoryVault { [Old] = [1, 2], [Young] = [1] };
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

        // However short the grace period is, a plan that can still be carried out stays.
        var freed = await new RunSweep(vault, new RetentionOptions { Grace = TimeSpan.Zero }, time)
            .RemoveEndedAsync("main", static _ => Task.FromResult(false), TestContext.Current.CancellationToken);

        Assert.Equal(2, freed);
        Assert.Equal([Young], vault.Blobs.Keys, StringComparer.Ordinal);
    }
}
