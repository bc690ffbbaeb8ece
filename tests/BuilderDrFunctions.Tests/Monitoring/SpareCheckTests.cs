using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Recovery;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

/// <summary>Would the spare do, if it were needed now.</summary>
public sealed class SpareCheckTests
{
    private readonly Watched _watched = new(spareOptions: new SpareOptions { Site = "main", Source = "live" });

    [Fact]
    public async Task Without_a_spare_there_is_no_such_check() =>
        Assert.DoesNotContain((await new Watched().CheckAsync()).Checks, check => check.Name == SpareCheck.Name);

    [Fact]
    public async Task A_spare_that_was_never_restored_is_a_warning()
    {
        var check = await _watched.CheckAsync(SpareCheck.Name);

        Assert.Equal((HealthStatus.Warning, "DR9016"), (check.Status, check.Code));
        Assert.Contains("'main' was not yet restored to a set of site 'live'", check.Summary, StringComparison.Ordinal);
        Assert.Null(check.AgeSeconds);
    }

    [Fact]
    public async Task A_spare_is_well_until_what_it_shows_is_too_old()
    {
        await _watched.Spares.WriteAsync(new SpareRecord("main", "restore-1", "set", Watched.Start, ReplacedPoint: null), TestContext.Current.CancellationToken);
        _watched.Time.Advance(TimeSpan.FromDays(36));

        var check = await _watched.CheckAsync(SpareCheck.Name);
        Assert.Equal((HealthStatus.Ok, Watched.Start, 36 * 86400, 36 * 86400), (check.Status, check.At, check.AgeSeconds, check.LimitSeconds));

        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        check = await _watched.CheckAsync(SpareCheck.Name);
        Assert.Equal((HealthStatus.Warning, "DR9016"), (check.Status, check.Code));
        Assert.Contains("shows site 'live' as it was 36 d ago", check.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ServiceState.Down, HealthStatus.Ok)]
    [InlineData(ServiceState.Unknown, HealthStatus.Ok)]
    [InlineData(ServiceState.Up, HealthStatus.Critical)]
    public async Task Its_api_may_be_down_but_not_up_and_silent(ServiceState state, HealthStatus expected)
    {
        _watched.Site.State = _ => Task.FromResult(state);
        _watched.Site.Serves = false;

        Assert.Equal(expected, (await _watched.CheckAsync("api")).Status);
    }
}
