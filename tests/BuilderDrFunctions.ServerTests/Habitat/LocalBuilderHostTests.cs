using BuilderDrFunctions.Habitat;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Habitat;

public sealed class LocalBuilderHostTests : FedCommandContract
{
    protected override Task<IBuilderHost> OpenAsync() => Task.FromResult<IBuilderHost>(new LocalBuilderHost(new ServiceOptions { Control = "local" }));

    [Fact]
    public async Task A_command_does_not_see_the_apps_own_settings()
    {
        Environment.SetEnvironmentVariable("Vault__AccountKey", "app-secret");

        var result = await Host.RunAsync(new HostCommand("env", []), Token);

        Assert.Contains("PATH=", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("app-secret", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reaches_its_own_ports_directly() =>
        Assert.Equal(("127.0.0.1", 5432), await Host.ReachAsync("127.0.0.1", 5432, Token));
}
