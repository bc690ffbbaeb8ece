using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary>The app as <c>builder-dr serve</c> serves it.</summary>
public sealed class CliServeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_step_under_way_has_its_time_when_it_is_told_to_end()
    {
        // a server that never answers holds the step for longer than a command line has to end
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        using var folder = new TemporaryFolder("serve");
        using var port = LoopbackPort.Reserve();
        await using var app = await ServerProcess.StartAsync(new ServerCommand("builder-dr serve", "dotnet", CliRun.Program, "serve")
        {
            WorkingFolder = folder.FullPath,
            LogLines = 1000,
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port.Number}",
                ["Vault__Url"] = $"file://{folder["vault"]}",
                ["Vault__CreateIfMissing"] = "true",
                ["LocalRuntime__DrainTimeout"] = "00:00:05",
                ["Sites__main__Postgres__Host"] = "127.0.0.1",
                ["Sites__main__Postgres__Port"] = ((IPEndPoint)mute.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture),
                ["Sites__main__Postgres__Password"] = "pw",
                ["Sites__main__Artifacts__Endpoint"] = "http://127.0.0.1:1",
                ["Sites__main__Artifacts__Bucket"] = "artifacts",
                ["Sites__main__Artifacts__AccessKey"] = "key",
                ["Sites__main__Artifacts__SecretKey"] = "secret",
            },
        });
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port.Number}") };
        await app.WaitUntilAsync(token => IsServingAsync(http, token), TimeSpan.FromSeconds(60), Token);
        using var keys = JsonDocument.Parse(await File.ReadAllTextAsync(folder[".builder-dr-state/keys.json"], Token));
        http.DefaultRequestHeaders.Add("x-functions-key", keys.RootElement.GetProperty("functionKeys").GetProperty("default").GetString());
        using var started = await http.PostAsJsonAsync("/api/backups", new { }, Token);
        started.EnsureSuccessStatusCode();
        using var held = await mute.AcceptTcpClientAsync(Token);

        Assert.True(app.Signal(UnixSignal.Terminate));

        Assert.Equal(0, await app.WaitForExitAsync(Token));
        Assert.Contains("Durable engine stopped: ", app.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Objectives__Rpo", "two days", "Objectives__Rpo: 'two days' is no time; write one such as 26:00:00, 1.02:00:00 or 26h")]
    [InlineData("Retention__KeepLast", "0", "Retention__KeepLast: '0' is not between 1 and 10000")]
    [InlineData("Drill__Server__Port", "0", "Drill__Server__Port: '0' is not between 1 and 65535")]
    [InlineData("Vault__Url", "", "Vault__Url is required")]
    [InlineData("ASPNETCORE_URLS", null, "ASPNETCORE_URLS: {0} is taken by another program; end that one, or give another address")]
    public async Task What_it_cannot_start_with_is_told_in_one_line(string setting, string? value, string says)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        using var folder = new TemporaryFolder("serve");
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Logging__LogLevel__Default"] = "Error",
            ["Vault__Url"] = $"file://{folder["vault"]}",
            ["Sites__main__Postgres__Host"] = "127.0.0.1",
        };
        environment[setting] = value ?? $"http://{other.LocalEndpoint}";
        await using var app = await ServerProcess.StartAsync(
            new ServerCommand("builder-dr serve", "dotnet", CliRun.Program, "serve") { WorkingFolder = folder.FullPath, LogLines = 1000, Environment = environment });

        Assert.Equal(1, await app.WaitForExitAsync(Token));

        Assert.EndsWith(
            $"The functions app cannot start, 1 problem found:\n  - {string.Format(CultureInfo.InvariantCulture, says, environment["ASPNETCORE_URLS"])}", app.Log.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", app.Log, StringComparison.Ordinal);
    }

    private static async Task<bool> IsServingAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync("/api/live", cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
