using System.Net;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Processes;
using Renci.SshNet;
using Xunit;

namespace BuilderDrFunctions.ServerTests;

public sealed class BuilderHostTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_and_a_start_over_SSH_are_asynchronous_and_reach_the_API()
    {
        await using var host = await Servers.StartOwnAsync(token => BuilderHost.StartNewAsync(new BuilderSettings(), token));
        using var session = await LoginAsync(host);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host));
        Assert.Matches(@"(?m)^habitat/builder-api/\S+ +standalone +up +up +\d+ +\d+ +builder-api\.default$", await RunAsync(session, "hab svc status habitat/builder-api"));

        host.Supervisor.StopHangs = true;
        await RunAsync(session, "hab svc stop habitat/builder-api");
        Assert.Matches(@"standalone +down +up ", await RunAsync(session, "hab svc status habitat/builder-api"));
        host.Supervisor.StopHangs = false;
        Assert.True(await Condition.TryAwaitAsync(async _ => await StatusAsync(host) is null, TimeSpan.FromSeconds(10), Cancellation));
        Assert.Matches(@"standalone +down +down +\d+ +<none> ", await RunAsync(session, "hab svc status habitat/builder-api"));

        await RunAsync(session, "hab svc start habitat/builder-api");
        Assert.True(await Condition.TryAwaitAsync(async _ => await StatusAsync(host) == HttpStatusCode.OK, TimeSpan.FromSeconds(10), Cancellation));
        Assert.Equal([true, false, true], host.Supervisor.Transitions.Select(transition => transition.Up));
    }

    [Fact]
    public async Task A_stop_that_hangs_leaves_the_API_up()
    {
        await using var host = await Servers.StartOwnAsync(token => BuilderHost.StartNewAsync(new BuilderSettings(), token));
        host.Supervisor.StopHangs = true;
        using var session = await LoginAsync(host);
        await RunAsync(session, "hab svc stop habitat/builder-api");
        Assert.False(host.Supervisor.IsWanted);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host));
    }

    [Fact]
    public async Task The_sessions_alone_see_the_tree_below_hab()
    {
        await using var host = await Servers.StartOwnAsync(token => BuilderHost.StartNewAsync(new BuilderSettings { PostgresPassword = "of this host" }, token));
        using var session = await LoginAsync(host);
        Assert.Contains("of this host", await RunAsync(session, $"cat {host.HabRoot}/svc/builder-api/config/config.toml"), StringComparison.Ordinal);
        Assert.Equal(4, (await RunAsync(session, $"ls {host.HabRoot}/svc/builder-api/files")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static async Task<SshClient> LoginAsync(BuilderHost host)
    {
        var client = new SshClient(host.Ssh.Host, host.Ssh.Port, host.Ssh.User, new PrivateKeyFile(host.Ssh.PrivateKeyFile));
        await client.ConnectAsync(Cancellation);
        return client;
    }

    private static async Task<string> RunAsync(SshClient session, string text)
    {
        using var command = session.CreateCommand(text);
        await command.ExecuteAsync(Cancellation);
        Assert.True(command.ExitStatus == 0, command.Error);
        return command.Result;
    }

    private static async Task<HttpStatusCode?> StatusAsync(BuilderHost host)
    {
        using var http = new HttpClient();
        try
        {
            using var answer = await http.GetAsync(new Uri(host.StatusUrl), Cancellation);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
