using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>A whole stand-in Builder from before August 2018.</summary>
public sealed class LegacySandbox : IAsyncLifetime
{
    private BuilderSandbox? _sandbox;

    /// <summary>What it holds.</summary>
    public LegacySize Size { get; } = new(300, 140);

    /// <summary>The Builder.</summary>
    public BuilderSandbox Builder => _sandbox ?? throw new InvalidOperationException("the sandbox is not started");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() =>
        _sandbox = await Servers.StartOwnAsync(token => BuilderSandbox.StartAsync(new SandboxOptions { Legacy = Size }, token));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync();
        }
    }

    /// <summary>Starts an app on it.</summary>
    /// <param name="overrides">Settings over the sandbox's.</param>
    public async Task<MergeApp> StartAppAsync(params (string Name, string Value)[] overrides)
    {
        var settings = new Dictionary<string, string>(Builder.AppSettings, StringComparer.Ordinal)
        {
            ["Schedules__Backup"] = "0 0 0 1 1 *",
            ["Schedules__Drill"] = "0 0 0 1 1 *",
            ["Schedules__Verify"] = "0 0 0 1 1 *",
        };
        foreach (var (name, value) in overrides)
        {
            settings[name] = value;
        }

        var process = await AppProcess.StartNewAsync(AppProcess.BuiltProgram, settings, Builder.Secrets, TestContext.Current.CancellationToken, new DescribedApi());
        return new MergeApp(new ChainApp(Builder, process));
    }
}

/// <summary>A running app that is asked for merges.</summary>
public sealed class MergeApp(ChainApp chain) : IAsyncDisposable
{
    /// <summary>What every test asks of an app.</summary>
    public ChainApp Chain { get; } = chain;

    /// <summary>The process.</summary>
    public AppProcess Process => Chain.Process;

    /// <summary>Runs a merge to its end and gives the operation's last view.</summary>
    public async Task<JsonElement> MergeAsync(string kind, object request) => await Chain.WaitAsync(await StartAsync(kind, request));

    /// <summary>Starts a merge and gives the answer. The site's lock goes a moment after the operation that held it.</summary>
    public async Task<JsonElement> StartAsync(string kind, object request)
    {
        JsonElement accepted = default;
        var isFree = await Condition.TryAwaitAsync(
            async token =>
            {
                using var answer = await Process.Http.PostAsJsonAsync($"/api/merges/{kind}", request, token);
                var body = await answer.Content.ReadAsStringAsync(token);
                Assert.True(answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Conflict, body);
                accepted = JsonSerializer.Deserialize<JsonElement>(body);
                return answer.StatusCode == HttpStatusCode.Accepted;
            },
            ChainApp.Longest,
            TestContext.Current.CancellationToken);
        Assert.True(isFree, $"the site's lock stayed: {accepted}");
        return accepted;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Chain.DisposeAsync();
}
