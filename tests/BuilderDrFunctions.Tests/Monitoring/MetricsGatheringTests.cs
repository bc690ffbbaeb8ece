using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class MetricsGatheringTests
{
    private readonly Watched _watched = new();

    [Fact]
    public async Task Committed_sets_are_counted_and_folders_without_a_manifest_are_not()
    {
        _watched.BackUp();
        _watched.Time.Advance(TimeSpan.FromHours(1));
        _watched.BackUp();
        _watched.Vault["sites/main/sets/20261122T140000Z-nightly-1a2b/dumps/builder.dump.zst"] = [1];

        Assert.Equal(2, await FigureAsync("builder_dr.sets"));
        Assert.Equal(0, await FigureAsync("builder_dr.sets.damaged"));
    }

    [Fact]
    public async Task A_damaged_newest_set_takes_away_no_figure()
    {
        _watched.BackUp();
        _watched.Time.Advance(TimeSpan.FromHours(3));
        _watched.Damage(_watched.BackUp());

        Assert.Equal(3 * 3600, await FigureAsync("builder_dr.recovery_point.age"));
        Assert.Equal(2, await FigureAsync("builder_dr.sets"));
        Assert.Equal(1, await FigureAsync("builder_dr.sets.damaged"));
    }

    [Fact]
    public async Task A_damaged_verdict_of_a_drill_takes_away_no_other_figure()
    {
        _watched.BackUp();
        _watched.Vault["sites/main/drills/drill-20261122T110000Z-main-1a2b.json"] = "{"u8.ToArray();

        Assert.Null(await FigureAsync("builder_dr.drill.recovery_time"));
        Assert.Equal(0, await FigureAsync("builder_dr.recovery_point.age"));
    }

    private async Task<double?> FigureAsync(string name) =>
        (await _watched.Gathering.GatherAsync(_watched.Store, TestContext.Current.CancellationToken)).SingleOrDefault(figure => figure.Name == name)?.Value;
}
