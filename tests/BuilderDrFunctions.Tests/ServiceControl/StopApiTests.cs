using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.ServiceControl;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.ServiceControl;

public sealed class StopApiTests
{
    private const string Operation = "backup-20261122T120000Z-main-1a2b";

    private readonly FakeTimeProvider time = new(Watched.Start);
    private readonly MemoryVault vault = new();
    private readonly MustRestartRecords records;

    public StopApiTests() => records = new MustRestartRecords(vault);

    private FakeSite Site { get; } = new();

    private bool MayStayDown { get; set; } = true;

    private FakeRuns Runs { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stops_the_API_and_leaves_the_wish_to_start_it_on_record()
    {
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);

        await StopAsync();

        Assert.False(Site.Serves);
        Assert.Equal(Operation, (await records.FindAsync("main", Token))?.OperationId);
    }

    [Fact]
    public async Task What_somebody_else_stopped_since_the_run_looked_is_left_down()
    {
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        (Site.State, Site.WantedUp) = (static _ => Task.FromResult(ServiceState.Down), false);

        Assert.True((await StopAsync()).WasDown);

        Assert.Null(await records.FindAsync("main", Token));
    }

    [Fact]
    public async Task What_a_restore_is_to_start_in_the_end_is_owed_a_start_whoever_stopped_it()
    {
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        (Site.State, Site.WantedUp, MayStayDown) = (static _ => Task.FromResult(ServiceState.Down), false, false);

        Assert.False((await StopAsync()).WasDown);

        Assert.Equal(Operation, (await records.FindAsync("main", Token))?.OperationId);
    }

    [Fact]
    public async Task What_an_earlier_attempt_of_this_run_stopped_is_not_taken_for_somebody_elses()
    {
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        await StopAsync();
        (Site.State, Site.WantedUp) = (static _ => Task.FromResult(ServiceState.Down), false);

        var again = await StopAsync();

        Assert.Equal((false, TimeSpan.FromHours(1)), (again.WasDown, again.MostDown));
        Assert.Equal(Operation, (await records.FindAsync("main", Token))?.OperationId);
    }

    [Fact]
    public async Task The_API_of_a_terminated_run_comes_back_although_the_vault_does_not_answer_any_more()
    {
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        await StopAsync();
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Terminated);
        vault.IsSilent = true;

        await new ApiWatchdog(Site, records, Options.Create(new MonitoringOptions { ProbeTimeout = TimeSpan.FromSeconds(1) }), time, NullLogger<ApiWatchdog>.Instance)
            .RunAsync(new TimerInfo(), Runs, Token);

        Assert.True(Site.Serves);
    }

    [Fact]
    public async Task What_another_process_has_taken_off_the_record_is_not_remembered_when_the_vault_does_not_answer()
    {
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        await StopAsync();
        await new MustRestartRecords(vault).ClearAsync("main", Token);
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Completed);
        var watchdog = new ApiWatchdog(
            Site, records, Options.Create(new MonitoringOptions { ProbeTimeout = TimeSpan.FromSeconds(1) }), time, NullLogger<ApiWatchdog>.Instance);
        await watchdog.RunAsync(new TimerInfo(), Runs, Token);
        vault.IsSilent = true;

        await watchdog.RunAsync(new TimerInfo(), Runs, Token);

        Assert.False(Site.Serves);
    }

    [Fact]
    public async Task What_was_down_before_stays_down_and_nobody_is_told_to_start_it()
    {
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);

        await StopAsync(staysDown: true);

        Assert.False(Site.Serves);
        Assert.Null(await records.FindAsync("main", Token));
    }

    [Fact]
    public async Task The_API_comes_back_when_the_run_is_terminated_and_the_watchdog_looks_while_the_stop_is_on_its_way()
    {
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        Site.WhileStopping = async () =>
        {
            Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Terminated);
            var watchdog = new ApiWatchdog(Site, records, Options.Create(new MonitoringOptions()), time, NullLogger<ApiWatchdog>.Instance);
            await watchdog.RunAsync(new TimerInfo(), Runs, Token);
            Assert.Null(await records.FindAsync("main", Token));
        };

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(StopAsync);

        Assert.Equal("DR1021", fault.Code);
        Assert.True(Site.Serves);
        Assert.Null(await records.FindAsync("main", Token));
    }

    [Fact]
    public async Task The_API_comes_back_when_the_run_is_purged_and_the_stop_fails_half_way()
    {
        Site.WhileStopping = () =>
        {
            Site.Serves = false;
            throw new TransientFaultException("DR6099", "the host does not answer", "look at it");
        };

        await Assert.ThrowsAsync<PermanentFaultException>(StopAsync);

        Assert.True(Site.Serves);
    }

    [Fact]
    public async Task A_durable_store_that_does_not_answer_ends_no_backup_and_the_wish_is_on_record()
    {
        Runs.Looks = _ => throw new OperationCanceledException("the store's client gave up");
        Site.WhileStopping = () => records.ClearAsync("main", Token);

        await StopAsync();

        Assert.False(Site.Serves);
        Assert.Equal(Operation, (await records.FindAsync("main", Token))?.OperationId);
    }

    private Task<StopReceipt> StopAsync() => StopAsync(staysDown: false);

    private Task<StopReceipt> StopAsync(bool staysDown) =>
        new StopApi(Site, records, new DowntimeLimit(TimeSpan.FromHours(1)), time, NullLogger<StopApi>.Instance).RunAsync(new ApiOrder(Operation, "main", staysDown) { MayStayDown = MayStayDown }, Runs, Token);
}
