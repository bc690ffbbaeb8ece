using System.Net;
using System.Net.Sockets;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Sandbox.Processes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary><c>builder-dr</c> that is told to end, or that nobody answers.</summary>
public sealed class CliSignalTests
{
    private const string Id = "backup-20261122T120000Z-main-1a2b";
    private static readonly DateTimeOffset At = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(UnixSignal.Interrupt, "backup")]
    [InlineData(UnixSignal.Terminate, "backup")]
    [InlineData(UnixSignal.Terminate, "backup", "--json")]
    [InlineData(UnixSignal.Interrupt, "watch", Id)]
    [InlineData(UnixSignal.Terminate, "restore")]
    public async Task Whoever_stops_watching_is_told_what_goes_on(UnixSignal signal, params string[] command)
    {
        var polls = 0;
        using var followed = new SemaphoreSlim(0);
        await using var app = await StandInApp.StartAsync((method, path) =>
        {
            if (method == HttpMethods.Post)
            {
                return new Answer(StatusCodes.Status202Accepted, new AcceptedOperation(Id, null, "", "", ""));
            }

            if (++polls == 3)
            {
                followed.Release();
            }

            return new Answer(StatusCodes.Status200OK, new OperationView(Id, "backup", "main", OperationState.Running, null, [], null, null, At, At, null, null));
        });

        var stopped = await app.RunAsync(process => SendAsync(process, signal, followed), command);

        Assert.Equal((2, $"stopped watching; {Id} goes on; builder-dr watch {Id}\n"), (stopped.Code, stopped.Error));
    }

    [Theory]
    [InlineData(UnixSignal.Interrupt)]
    [InlineData(UnixSignal.Terminate)]
    public async Task Whoever_watches_everything_ends_that_so(UnixSignal signal)
    {
        using var followed = new SemaphoreSlim(0);
        await using var app = await StandInApp.StartAsync((_, path) =>
        {
            if (path == "/api/health")
            {
                return new Answer(StatusCodes.Status200OK, new HealthReport(HealthStatus.Ok, At, []));
            }

            followed.Release();
            return new Answer(StatusCodes.Status200OK, new OperationPage([], null));
        });

        var stopped = await app.RunAsync(process => SendAsync(process, signal, followed), "watch");

        Assert.Equal((2, "stopped watching; whatever runs goes on\n"), (stopped.Code, stopped.Error));
    }

    [Fact]
    public async Task A_request_that_is_ended_is_no_crash()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();

        List<TcpClient> held = [];

        var listed = await CliRun.RunAsync($"http://{mute.LocalEndpoint}", "key", process => EndAsync(process, UnixSignal.Interrupt), "list");
        Assert.Equal((2, "stopped; 'builder-dr watch' shows whether something runs\n"), (listed.Code, listed.Error));

        var watched = await CliRun.RunAsync($"http://{mute.LocalEndpoint}", "key", process => EndAsync(process, UnixSignal.Terminate), "status");
        Assert.Equal((3, ""), (watched.Code, watched.Error));
        Assert.StartsWith("BUILDER-DR UNKNOWN - it was ended before Builder DR answered", watched.Output, StringComparison.Ordinal);
        held.ForEach(client => client.Dispose());

        async Task EndAsync(int process, UnixSignal signal)
        {
            held.Add(await mute.AcceptTcpClientAsync(Token));
            Assert.True(NativeSignals.Send(process, signal));
        }
    }

    [Fact]
    public async Task An_app_that_hangs_is_unknown_within_the_time_it_was_given()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();

        var watched = await CliRun.RunAsync($"http://{mute.LocalEndpoint}", "key", "status", "--timeout", "1");

        Assert.Equal((3, ""), (watched.Code, watched.Error));
        Assert.StartsWith("BUILDER-DR UNKNOWN - DR9203: ", watched.Output, StringComparison.Ordinal);
        Assert.Contains("no answer within 1.0 s", watched.Output, StringComparison.Ordinal);
        Assert.Contains("--timeout takes 1 to 3600 seconds, not 0.", (await CliRun.RunAsync("http://127.0.0.1:1", "key", "status", "--timeout", "0")).Error, StringComparison.Ordinal);
    }

    private static async Task SendAsync(int process, UnixSignal signal, SemaphoreSlim followed)
    {
        Assert.True(await followed.WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.True(NativeSignals.Send(process, signal));
    }
}
