using BuilderDrFunctions.LocalRuntime.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BuilderDrFunctions.LocalRuntime.Tests.Engine;

/// <summary>An engine on a state file of its own, which it keeps when it is restarted.</summary>
internal sealed class EngineHarness : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("durable-");
    private readonly FunctionTable functions;
    private readonly ILoggerFactory loggers;
    private DurableEngineOptions options;

    private EngineHarness(FunctionTable functions, Func<DurableEngineOptions, DurableEngineOptions>? change, ILoggerFactory? loggers)
    {
        this.functions = functions;
        this.loggers = loggers ?? NullLoggerFactory.Instance;
        options = new DurableEngineOptions { StateFile = Path.Combine(folder.FullName, "state.db"), MaxConcurrentActivities = 8 };
        options = change?.Invoke(options) ?? options;
        Engine = new DurableEngine(functions, options, this.loggers);
    }

    public DurableEngine Engine { get; private set; }

    public DurableTaskClient Client => Engine.Client;

    public string StateFile => options.StateFile;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<EngineHarness> StartAsync(
        FunctionTable functions, Func<DurableEngineOptions, DurableEngineOptions>? change = null, ILoggerFactory? loggers = null)
    {
        var harness = new EngineHarness(functions, change, loggers);
        await harness.Engine.StartAsync(Cancel);
        return harness;
    }

    /// <summary>Runs one orchestration to its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null, StartOrchestrationOptions? start = null)
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync(name, input, start, Cancel);
        return await EndAsync(id);
    }

    public async Task<OrchestrationMetadata> EndAsync(string id) =>
        await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Cancel).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);

    /// <summary>Waits until the instance's custom status is a text: orchestrators say so where they are.</summary>
    public Task ReachedAsync(string id, string customStatus) => UntilAsync(async () => string.Equals(
        (await Client.GetInstanceAsync(id, getInputsAndOutputs: true, Cancel))?.SerializedCustomStatus, $"\"{customStatus}\"", StringComparison.Ordinal));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), limit.Token);
        }
    }

    public Task StopAsync(bool drain = false) => Engine.StopAsync(drain, Cancel);

    public async Task RestartAsync(
        FunctionTable? with = null, Func<DurableEngineOptions, DurableEngineOptions>? change = null, bool drain = false)
    {
        await Engine.StopAsync(drain, Cancel);
        await Engine.DisposeAsync();
        options = change?.Invoke(options) ?? options;
        Engine = new DurableEngine(with ?? functions, options, loggers);
        await Engine.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
