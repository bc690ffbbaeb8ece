using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Drill;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Tests.Monitoring;
using BuilderDrFunctions.Verify;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.Tests.Catalog;

/// <summary>Whoever takes the newest set takes none that is dated in the future, because the clock was wrong, for it.</summary>
public sealed class NewestSetTests
{
    private readonly Watched watched = new();
    private readonly SetCatalog catalog;
    private readonly string right;
    private readonly string wrong;

    public NewestSetTests()
    {
        catalog = new SetCatalog(watched.Vault);
        watched.Time.Advance(TimeSpan.FromDays(300));
        wrong = BackUp();
        watched.Time.AdjustTime(Watched.Start);
        right = BackUp();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeRuns Runs { get; } = new();

    private BackupChoice Choice => new(watched.Site, catalog, watched.Time);

    [Theory]
    [InlineData("null")]
    [InlineData("\"latest\"")]
    [InlineData("{\"asOf\": \"2030-01-01T00:00:00Z\"}")]
    public async Task The_latest_is_not_guessed_and_both_that_may_be_meant_are_named(string asked)
    {
        var fault = await Assert.ThrowsAsync<RequestFaultException>(() => ResolveAsync(asked));

        Assert.Equal(("DR8016", 409, "backup"), (fault.Code, fault.Status, fault.Field));
        Assert.Contains($"{wrong} is dated in the future", fault.What, StringComparison.Ordinal);
        Assert.Contains($"the newest one that is not is {right}", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_all_are_of_the_future_that_is_said()
    {
        watched.Time.AdjustTime(Watched.Start.AddYears(-6));

        Assert.Contains("so are all the others", (await Assert.ThrowsAsync<RequestFaultException>(() => ResolveAsync("null"))).What, StringComparison.Ordinal);
        var drill = await Assert.ThrowsAsync<PermanentFaultException>(DrillAsync);
        Assert.Equal("DR8060", drill.Code);
        Assert.Contains($"all backup sets of site 'main' are dated in the future, such as {wrong}", drill.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_named_is_meant_and_so_is_a_moment_that_has_passed()
    {
        Assert.Equal(wrong, await ResolveAsync($"\"{wrong}\""));
        Assert.Equal(right, await ResolveAsync($"{{\"asOf\": \"{Watched.Start:yyyy-MM-ddTHH:mm:ssZ}\"}}"));
    }

    [Fact]
    public async Task A_drill_takes_the_newest_that_is_not()
    {
        var (set, ahead) = await catalog.FindNewestAsync("main", until: null, watched.Time.GetUtcNow(), Token);

        Assert.Equal((right, wrong), (set?.Label, ahead));
    }

    [Fact]
    public async Task A_scheduled_verification_takes_the_newest_that_is_not()
    {
        await new MonthlyVerify(watched.Site, catalog, Options.Create(new VerifyOptions()), watched.Time, NullLogger<MonthlyVerify>.Instance).RunAsync(new TimerInfo(), Runs, Token);

        Assert.Equal(right, Assert.IsType<VerifyOrder>(Assert.Single(Runs.Started.Values)).Label);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_spare_gets_the_newest_that_is_not_also_where_it_shows_one_that_is(bool showsWrong)
    {
        foreach (var label in new[] { right, wrong })
        {
            await new VerifyVerdicts(watched.Vault).WriteAsync(new VerifyVerdict("verify-20261122T120000Z-main-1a2b", "main", label, Watched.Start, Watched.Start, true, 1, 1, 1, 1, 0, []), Token);
        }

        if (showsWrong)
        {
            await watched.Spares.WriteAsync(new SpareRecord("spare", "restore-1", wrong, Watched.Start.AddDays(300), ReplacedPoint: null), Token);
        }

        await new WarmSpare(
            catalog, new SetProofs(watched.Vault), watched.Spares, new OperationStarter(NullLogger<OperationStarter>.Instance),
            Options.Create(new SpareOptions { Site = "spare", Source = "main" }), Options.Create(new RecoveryOptions()), watched.Time, NullLogger<WarmSpare>.Instance)
            .RunAsync(new TimerInfo(), Runs, Token);

        var started = Assert.IsType<SiteOperation>(Assert.Single(Runs.Started.Values));
        Assert.Equal(right, started.Input.GetProperty(nameof(RestoreOrder.Label)).GetString());
    }

    private async Task<string> ResolveAsync(string asked) => (await Choice.ResolveAsync(JsonSerializer.Deserialize<JsonElement>(asked), null, "main", Token)).Label;

    private Task DrillAsync() => new BeginDrill(
        watched.Site, catalog, new DrillServer(Options.Create(new DrillOptions())), Options.Create(new RecoveryOptions()), watched.Time, NullLogger<BeginDrill>.Instance)
        .RunAsync(new DrillOrder("drill-20261122T120000Z-main-1a2b", "main"), Runs, Token);

    private string BackUp() => BackupLabel.Of(OperationId.TryParse(watched.BackUp())!, "nightly").Value;
}
