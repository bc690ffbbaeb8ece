using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Tests.Mirror;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

/// <summary>An API whose run is alive and does not move: how long it is down is told by clocks.</summary>
public sealed class ApiWatchdogTests
{
    private const string Operation = "backup-20261122T120000Z-main-1a2b";
    private readonly MustRestartRecords records = new(new MemoryVault());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeSite Site { get; } = new() { Serves = false, State = static _ => Task.FromResult(ServiceState.Down) };

    /// <summary>Minutes from the stop until now, by a clock that may have been set back.</summary>
    [Theory]
    [InlineData(59, false)]
    [InlineData(61, true)]
    [InlineData(-4, false)]
    [InlineData(-6, true)]
    [InlineData(-300 * 24 * 60, true)]
    public async Task Is_started_and_told_when_it_is_down_for_too_long_or_for_nobody_knows_how_long(int minutes, bool overdue)
    {
        var time = new FakeTimeProvider(Watched.Start);
        var options = Options.Create(new MonitoringOptions { ProbeTimeout = TimeSpan.FromSeconds(1), MaxApiDowntime = TimeSpan.FromHours(1) });
        await using var runs = new FakeRuns();
        runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        await records.WriteAsync(new MustRestart("main", Operation, Watched.Start.AddMinutes(-minutes)), Token);
        var checks = new ApiChecks(Site, records, new SpareCheck(new SpareRecords(new MemoryVault()), Options.Create(new SpareOptions()), options, time), options, time);

        var owed = await checks.CheckMustRestartAsync("main", runs, Token);
        Assert.Equal(overdue ? HealthStatus.Critical : HealthStatus.Ok, owed.Status);
        Assert.Equal(overdue ? HealthStatus.Critical : HealthStatus.Ok, (await checks.CheckApiAsync("main", runs, Token)).Status);
        Assert.Equal(minutes < -5 ? null : minutes * 60, owed.AgeSeconds);

        await new ApiWatchdog(Site, records, options, time, NullLogger<ApiWatchdog>.Instance).RunAsync(new TimerInfo(), runs, Token);
        Assert.Equal(overdue, Site.Serves);
    }
}
