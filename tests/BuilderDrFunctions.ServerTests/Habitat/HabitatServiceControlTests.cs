using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sandbox.Builder;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Habitat;

public sealed class HabitatServiceControlTests : IAsyncLifetime
{
    private BuilderHost builder = null!;
    private IBuilderHost host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        builder = await Servers.StartOwnAsync(token => BuilderHost.StartNewAsync(new BuilderSettings(), token));
        host = BuilderHostFactory.CreateHost(Options())!;
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await builder.DisposeAsync();
    }

    [Fact]
    public async Task A_service_is_stopped_and_started_and_each_is_reached()
    {
        var control = Control();
        Assert.True(control.CanControl);
        Assert.Equal(ServiceState.Up, await control.GetStateAsync(Token));
        Assert.True(await control.ProbeAsync(Token));

        await control.StopAsync(Token);
        Assert.False(builder.Supervisor.IsUp);
        Assert.Equal(ServiceState.Down, await control.GetStateAsync(Token));
        Assert.False(await control.ProbeAsync(Token));
        await control.StopAsync(Token);

        await control.StartAsync(Token);
        Assert.True(builder.Supervisor.IsUp);
        Assert.True(await control.ProbeAsync(Token));
        await control.StartAsync(Token);
        Assert.Equal([true, false, true], builder.Supervisor.Transitions.Select(transition => transition.Up));
    }

    [Fact]
    public async Task A_stop_that_hangs_is_a_fault_after_its_timeout_and_can_be_taken_back()
    {
        builder.Supervisor.StopHangs = true;
        var control = Control(Options(stopTimeout: TimeSpan.FromSeconds(1)));

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => control.StopAsync(Token));
        Assert.Equal("DR6020", fault.Code);
        Assert.False(builder.Supervisor.IsWanted);

        await control.StartAsync(Token);
        Assert.True(builder.Supervisor.IsWanted);
        Assert.Equal(ServiceState.Up, await control.GetStateAsync(Token));
    }

    [Fact]
    public async Task A_start_that_fails_is_a_transient_fault()
    {
        var control = Control(Options(startTimeout: TimeSpan.FromSeconds(1)));
        await control.StopAsync(Token);
        builder.Supervisor.StartFails = true;

        Assert.Equal("DR6021", (await Assert.ThrowsAsync<TransientFaultException>(() => control.StartAsync(Token))).Code);
    }

    [Fact]
    public async Task An_API_that_is_up_and_answers_500_is_a_transient_fault()
    {
        var control = Control(Options(startTimeout: TimeSpan.FromSeconds(1)));
        builder.Supervisor.StatusCode = 500;

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => control.StartAsync(Token));

        Assert.Equal("DR6022", fault.Code);
        Assert.Contains("answers 500", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_was_unloaded_is_loaded_by_a_start()
    {
        var control = Control();
        await host.RunAsync(new HostCommand("hab svc unload", ["habitat/builder-api"]), Token);
        Assert.Equal(ServiceState.Unknown, await control.GetStateAsync(Token));
        await control.StopAsync(Token);

        await control.StartAsync(Token);

        Assert.Equal(ServiceState.Up, await control.GetStateAsync(Token));
    }

    [Fact]
    public async Task A_supervisor_that_does_not_answer_is_a_transient_fault()
    {
        builder.Supervisor.Unreachable = true;

        Assert.Equal("DR6024", (await Assert.ThrowsAsync<TransientFaultException>(() => Control().GetStateAsync(Token))).Code);
    }

    [Fact]
    public async Task A_host_without_hab_is_a_permanent_fault()
    {
        await using var local = new LocalBuilderHost(new ServiceOptions { Control = "local" });

        var control = Control(new ServiceOptions { Control = "local" }, local: local);

        Assert.Equal("DR6023", (await Assert.ThrowsAsync<PermanentFaultException>(() => control.StopAsync(Token))).Code);
    }

    [Fact]
    public async Task Without_control_nothing_is_stopped_or_started()
    {
        var control = BuilderHostFactory.CreateServiceControl(new ServiceOptions { StatusUrl = builder.StatusUrl }, host: null, TimeProvider.System);

        Assert.False(control.CanControl);
        Assert.Equal(ServiceState.Unknown, await control.GetStateAsync(Token));
        Assert.True(await control.ProbeAsync(Token));
        Assert.Equal("DR6025", (await Assert.ThrowsAsync<PermanentFaultException>(() => control.StopAsync(Token))).Code);
        Assert.Equal("DR6025", (await Assert.ThrowsAsync<PermanentFaultException>(() => control.StartAsync(Token))).Code);
        Assert.True(builder.Supervisor.IsUp);
    }

    private IServiceControl Control(ServiceOptions? options = null, IBuilderHost? local = null) =>
        BuilderHostFactory.CreateServiceControl(options ?? Options(), local ?? host, TimeProvider.System);

    private ServiceOptions Options(TimeSpan? stopTimeout = null, TimeSpan? startTimeout = null) =>
        builder.ServiceOptions(builder.StatusUrl, stopTimeout, startTimeout ?? TimeSpan.FromMinutes(1));
}
