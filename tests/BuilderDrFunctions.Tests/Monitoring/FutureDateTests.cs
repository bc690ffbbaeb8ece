using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Tests.Mirror;
using Microsoft.DurableTask.Client;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

/// <summary>The clock was ahead for a while, and what it dated hides nothing now.</summary>
public sealed class FutureDateTests
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(300);
    private readonly MemoryVault _second = new();
    private readonly Watched _watched;

    public FutureDateTests() => _watched = new Watched(_second, new SpareOptions { Site = "main", Source = "live" });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_set_of_the_future_does_not_hide_that_backups_have_stopped()
    {
        _watched.BackUp();
        var wrong = AheadOfTime(() => _watched.BackUp()).Replace("backup-", "", StringComparison.Ordinal)[..16];
        _watched.Time.Advance(TimeSpan.FromDays(2));
        foreach (var (path, content) in _watched.Vault.Blobs)
        {
            _second[path] = content;
        }

        var check = await AssertAsync("recoveryPoint", HealthStatus.Critical);
        Assert.Contains($"the newest set of site 'main', {wrong}-nightly-", check.Summary, StringComparison.Ordinal);
        Assert.Contains("298 d in the future", check.Summary, StringComparison.Ordinal);
        Assert.Contains($"'sites/main/sets/{wrong}-nightly-", check.Hint, StringComparison.Ordinal);
        Assert.Contains("in the second vault", (await AssertAsync(SecondCopyCheck.Name, HealthStatus.Warning)).Summary, StringComparison.Ordinal);

        var figures = await _watched.Gathering.GatherAsync(_watched.Store, Token);
        Assert.Equal(2 * 86400, figures.Single(figure => figure.Name == "builder_dr.recovery_point.age").Value);
        Assert.Equal(2 * 86400, figures.Single(figure => figure.Name == "builder_dr.copy.recovery_point.age").Value);
    }

    [Fact]
    public async Task A_few_minutes_are_no_future()
    {
        _watched.Time.Advance(TimeSpan.FromMinutes(5));
        _watched.BackUp();
        _watched.Time.AdjustTime(Watched.Start);

        var check = await _watched.CheckAsync("recoveryPoint");
        Assert.Equal((HealthStatus.Ok, -300), (check.Status, check.AgeSeconds));
    }

    [Fact]
    public async Task A_spare_that_shows_the_future_is_a_warning()
    {
        await _watched.Spares.WriteAsync(new SpareRecord("main", "restore-1", "wrong", Watched.Start + Ahead, ReplacedPoint: null), Token);

        Assert.Contains("what the spare 'main' shows, set wrong of site 'live'", (await AssertAsync(SpareCheck.Name, HealthStatus.Warning)).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verification_that_ended_in_the_future_does_not_hide_that_they_have_stopped()
    {
        _watched.BackUp();
        AheadOfTime(() => _watched.Run("verify", OrchestrationRuntimeStatus.Completed, new { Passed = true }));
        await _watched.LookAsync();

        Assert.Contains("the end of the last verification of site 'main'", (await AssertAsync("verify", HealthStatus.Warning)).Summary, StringComparison.Ordinal);
    }

    private T AheadOfTime<T>(Func<T> run)
    {
        _watched.Time.Advance(Ahead);
        var done = run();
        _watched.Time.AdjustTime(Watched.Start);
        return done;
    }

    private async Task<HealthCheck> AssertAsync(string name, HealthStatus status)
    {
        var check = await _watched.CheckAsync(name);
        Assert.Equal((status, "DR9017", null), (check.Status, check.Code, check.AgeSeconds));
        return check;
    }
}
