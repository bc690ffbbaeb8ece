using System.Text.Json;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Cli;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Chain;

/// <summary>A running app and what tests ask of it.</summary>
public sealed class ChainApp(BuilderSandbox builder, AppProcess process) : IAsyncDisposable
{
    /// <summary>How long to wait for what will come, on a busy machine too.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    /// <summary>The process.</summary>
    public AppProcess Process { get; } = process;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts a backup and gives the answer to the request.</summary>
    public Task<JsonElement> StartBackupAsync(object? request = null) => Process.PostAsync("/api/backups", request ?? new { label = "test" }, Token);

    /// <summary>Takes a backup and gives the operation's last view.</summary>
    public async Task<JsonElement> BackUpAsync(object? request = null) => await WaitAsync(await StartBackupAsync(request));

    /// <summary>Waits for the end of an operation that was just accepted.</summary>
    public Task<JsonElement> WaitAsync(JsonElement accepted) => Process.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, Longest, null, Token);

    /// <summary>Waits until an operation is in a phase.</summary>
    public async Task WaitForPhaseAsync(string id, string phase)
    {
        JsonElement view = default;
        var reached = await Condition.TryAwaitAsync(
            async token =>
            {
                view = await Process.GetAsync($"/api/operations/{id}", token);
                return view.TryGetProperty("phase", out var now) && now.GetString() == phase;
            },
            Longest,
            Token);
        Assert.True(reached, $"never in phase '{phase}'; last seen: {view}");
    }

    /// <summary>The manifest of a backup that succeeded.</summary>
    public async Task<JsonElement> ManifestAsync(JsonElement operation)
    {
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{Process.Log}");
        return await Process.GetAsync($"/api/backups/{operation.GetProperty("result").GetProperty("label").GetString()}", Token);
    }

    /// <summary>Asserts what must hold after a failed backup: a numbered error that says what to do, no set, and the API up.</summary>
    public async Task AssertFailedCleanlyAsync(JsonElement operation, string code, string names)
    {
        Assert.Equal("failed", operation.GetProperty("state").GetString());
        var error = operation.GetProperty("error").GetString()!;
        Assert.Contains(code, error, StringComparison.Ordinal);
        Assert.Contains(names, error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("HINT: ", error, StringComparison.Ordinal);
        Assert.True(builder.Host.Supervisor.IsUp, "the API is down");
        await AssertNoSetAsync();
    }

    /// <summary>Asserts that no set is committed.</summary>
    public async Task AssertNoSetAsync() => Assert.Equal(0, (await Process.GetAsync("/api/backups", Token)).GetProperty("backups").GetArrayLength());

    /// <summary>Asserts that the next backup is as good as if nothing had happened.</summary>
    public async Task AssertNextRunSucceedsAsync()
    {
        var manifest = await ManifestAsync(await BackUpAsync());
        Assert.True(manifest.GetProperty("complete").GetBoolean());
        Assert.Equal(ChainSandbox.Packages, manifest.GetProperty("artifacts").GetProperty("objects").GetInt32());
        Assert.True(builder.Host.Supervisor.IsUp, "the API is down");
    }

    /// <summary>Runs <c>builder-dr</c> against it.</summary>
    internal Task<CliRun> RunCliAsync(params string[] arguments) => CliRun.RunAsync(Process, arguments);

    /// <summary>Runs <c>builder-dr</c> against it, and asserts its exit code and a part of what it says.</summary>
    internal async Task<CliRun> TellAsync(int code, string says, params string[] arguments)
    {
        var run = await RunCliAsync(arguments);
        Assert.True(run.Code == code, $"builder-dr {string.Join(' ', arguments)} gave {run.Code}\n{run.Output}{run.Error}\n{Process.Log}");
        Assert.Contains(says, run.Output, StringComparison.Ordinal);
        return run;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
