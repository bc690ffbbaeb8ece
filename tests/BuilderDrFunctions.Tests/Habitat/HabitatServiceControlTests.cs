using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using Xunit;

namespace BuilderDrFunctions.Tests.Habitat;

public sealed class HabitatServiceControlTests : IAsyncDisposable
{
    private const string Heading = "package                                    type        desired  state  elapsed (s)  pid     group\n";
    private readonly FakeHost host = new();
    private readonly InstantTime time = new();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_is_waited_for_as_long_as_its_timeout_says()
    {
        host.Answer = command => new HostCommandResult(0, command.Contains("status", StringComparison.Ordinal) ? Row("down", "up") : "", "");

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Control().StopAsync(Token));

        Assert.Equal("DR6020", fault.Code);
        Assert.Equal(TimeSpan.FromMinutes(2), time.Elapsed);
    }

    [Fact]
    public async Task A_stop_is_reached_when_the_supervisor_says_down()
    {
        host.Answer = command => new HostCommandResult(0, command.Contains("status", StringComparison.Ordinal) ? Row("up", time.Elapsed < TimeSpan.FromSeconds(30) ? "up" : "down") : "", "");

        await Control().StopAsync(Token);

        Assert.Equal(TimeSpan.FromSeconds(30), time.Elapsed);
        Assert.Equal(1, host.Commands.Count(command => command == "hab svc stop habitat/builder-api"));
    }

    [Theory]
    [InlineData("up", "up", true)]
    [InlineData("up", "down", true)]
    [InlineData("down", "down", false)]
    public async Task A_service_that_is_wanted_up_is_told_to_stop_even_when_it_is_down_for_the_moment(string desired, string state, bool told)
    {
        host.Answer = command => new HostCommandResult(
            0, command.Contains("status", StringComparison.Ordinal) ? host.Commands.Contains("hab svc stop habitat/builder-api", StringComparer.Ordinal) ? Row("down", "down") : Row(desired, state) : "", "");

        await Control().StopAsync(Token);

        Assert.Equal(told, host.Commands.Contains("hab svc stop habitat/builder-api", StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("up", "down", true)]
    [InlineData("down", "up", false)]
    public async Task What_the_supervisor_is_told_to_keep_up_is_wanted_up_whatever_it_is_in(string desired, string state, bool wanted)
    {
        host.Answer = _ => new HostCommandResult(0, Row(desired, state), "");

        Assert.Equal(wanted, await Control().IsWantedUpAsync(Token));
    }

    [Theory]
    [InlineData("up", "up", false)]
    [InlineData("down", "up", true)]
    [InlineData("down", "down", true)]
    public async Task A_service_that_is_wanted_down_is_told_to_start_even_when_it_is_still_up(string desired, string state, bool told)
    {
        host.Answer = command => new HostCommandResult(
            0, command.Contains("status", StringComparison.Ordinal) ? host.Commands.Contains("hab svc start habitat/builder-api", StringComparer.Ordinal) ? Row("up", "up") : Row(desired, state) : "", "");

        await Control().StartAsync(Token);

        Assert.Equal(told, host.Commands.Contains("hab svc start habitat/builder-api", StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_service_that_is_not_loaded_is_loaded_with_its_bind_and_channel()
    {
        host.Answer = command => command.Contains("status", StringComparison.Ordinal) && !host.Commands.Any(c => c.Contains("load", StringComparison.Ordinal))
            ? new HostCommandResult(1, "", "✗✗✗\n✗✗✗ Service not loaded, habitat/builder-api\n✗✗✗\n")
            : new HostCommandResult(0, Row("up", "up"), "");

        await Control().StartAsync(Token);

        Assert.Contains("hab svc load habitat/builder-api --bind memcached:builder-memcached.default --channel on-prem-stable --force", host.Commands, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Sudo_is_used_when_asked_for()
    {
        host.Answer = _ => new HostCommandResult(0, Row("up", "up"), "");

        await BuilderHostFactory.CreateServiceControl(new ServiceOptions { Control = "ssh", Sudo = true, StatusUrl = "" }, host, time).GetStateAsync(Token);

        Assert.Equal(["sudo -n hab svc status habitat/builder-api"], host.Commands);
    }

    [Theory]
    [InlineData("up", "down", "Up")]
    [InlineData("down", "up", "Down")]
    public void The_state_is_the_process_state_and_not_the_desired_one(string state, string desired, string expected) =>
        Assert.Equal(expected, ServiceStatusTable.Parse(Row(desired, state), "habitat/builder-api")?.State.ToString());

    [Theory]
    [InlineData("No services loaded.\n", "Unknown")]
    [InlineData(Heading + "habitat/builder-api-proxy/9639/2025  standalone  up  up  3  7  builder-api-proxy.default\n", "Unknown")]
    [InlineData("package\ttype\tdesired\tstate\telapsed (s)\tpid\tgroup\nhabitat/builder-api/1/2\tstandalone\tdown\tdown\t4\t<none>\tbuilder-api.default\n", "Down")]
    [InlineData("package  type  state  elapsed (s)  pid  group\nhabitat/builder-api/1/2  standalone  up  4  12  builder-api.default\n", "Up")]
    [InlineData("", null)]
    [InlineData("hello\n", null)]
    [InlineData(Heading + "habitat/builder-api/1/2  standalone  up  sideways  4  12  builder-api.default\n", null)]
    public void Tables_of_other_versions_are_read_and_what_is_none_is_not(string output, string? expected) =>
        Assert.Equal(expected, ServiceStatusTable.Parse(output, "habitat/builder-api")?.State.ToString());

    [Theory]
    [InlineData("Do you accept the license? [yes/no]\n", "is not understood: 'Do you accept the license? [yes/no]'")]
    [InlineData("", "is not understood: nothing")]
    public async Task What_is_no_answer_of_a_supervisor_is_shown(string output, string shown)
    {
        host.Answer = _ => new HostCommandResult(0, output, "");

        foreach (var ask in (Func<Task>[])[() => Control().GetStateAsync(Token), () => Control().ListRunningAsync(Token)])
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(ask);
            Assert.Equal("DR6026", fault.Code);
            Assert.Contains(shown, fault.What, StringComparison.Ordinal);
        }
    }

    private static string Row(string desired, string state) =>
        Heading + $"habitat/builder-api/10240/20250912120435  standalone  {desired}  {state}  3  77  builder-api.default\n";

    private IServiceControl Control() =>
        BuilderHostFactory.CreateServiceControl(new ServiceOptions { Control = "ssh", StatusUrl = "" }, host, time);
}
