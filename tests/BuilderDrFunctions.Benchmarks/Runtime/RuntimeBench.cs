using System.Diagnostics;
using BuilderDrFunctions.LocalRuntime.Durable;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Torture;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace BuilderDrFunctions.Benchmarks.Runtime;

/// <summary>The embedded runtime's engine, its state on disk.</summary>
internal sealed class RuntimeBench : IBenchGroup
{
    private const int ChainSteps = 1000;
    private const int ReplayedEvents = 5000;
    private const int Replays = 5;
    private const int Starts = 5;
    private const int Instances = 100_000;
    private const int InstancesAtOnce = 2000;

    private static readonly TimeSpan UntilAwake = TimeSpan.FromMinutes(2);

    private static readonly FunctionTable App = new FunctionTable()
        .Orchestrator<int, int>("Fan", async (context, width) =>
            (await Task.WhenAll(Enumerable.Range(0, width).Select(item => context.CallActivityAsync<int>("Echo", item)))).Length)
        .Orchestrator<int, int>("Chain", async (context, steps) =>
        {
            for (var step = 0; step < steps; step++)
            {
                await context.CallActivityAsync<int>("Echo", step);
            }

            return steps;
        })
        .Orchestrator<int, string>("Patient", async (context, width) =>
        {
            await Task.WhenAll(Enumerable.Range(0, width).Select(item => context.CallActivityAsync<int>("Echo", item)));
            context.SetCustomStatus("waiting");
            return await context.WaitForExternalEvent<string>("go");
        })
        .Orchestrator<int, int>("Quick", (_, input) => Task.FromResult(input))
        .Activity<int, int>("Echo", input => input);

    public string Name => "runtime";

    public async Task RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("bench-runtime-");
        try
        {
            var options = new DurableEngineOptions { StateFile = Path.Combine(folder.FullName, "state.db"), MaxConcurrentActivities = 8 };
            await MeasureStartAsync(report, folder.FullName, cancellationToken);
            await MeasureReplayAsync(report, options, cancellationToken);
            await using var engine = await StartAsync(options, cancellationToken);
            await EndAsync(engine.Client, "Chain", 100, cancellationToken);
            await EndAsync(engine.Client, "Fan", 1000, cancellationToken);
            foreach (var width in new[] { 1000, 10_000, 50_000 })
            {
                var seconds = await EndAsync(engine.Client, "Fan", width, cancellationToken);
                report.Inform($"fan-out of {width} no-op activities", seconds, "s");
                if (width == 10_000)
                {
                    report.AtLeast("no-op activities in a fan-out of 10000", width / seconds, "/s", 1000);
                }
            }

            report.AtLeast("chain steps in one instance", ChainSteps / await EndAsync(engine.Client, "Chain", ChainSteps, cancellationToken), "/s", 200);
            await MeasureMemoryAsync(report, engine.Client, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureStartAsync(BenchReport report, string folder, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (var start = 0; start < Starts; start++)
        {
            times.Add(await ServedProcess.FirstAnswerAsync(Path.Combine(folder, "served"), cancellationToken));
        }

        report.AtMost("first request answered after the start of the process, median", times.Order().ElementAt(Starts / 2), "s", 1);
    }

    /// <summary>From the event that wakes an instance to its end: read the history, replay it, go on, commit.</summary>
    private static async Task MeasureReplayAsync(BenchReport report, DurableEngineOptions options, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        await using (var engine = await StartAsync(options, cancellationToken))
        {
            for (var instance = 0; instance < Replays; instance++)
            {
                ids.Add(await engine.Client.ScheduleNewOrchestrationInstanceAsync("Patient", ReplayedEvents / 2, cancellationToken));
                if (!await Condition.TryAwaitAsync(
                    async token => (await engine.Client.GetInstanceAsync(ids[^1], true, token))!.SerializedCustomStatus is not null, UntilAwake, cancellationToken))
                {
                    throw new TimeoutException($"instance {ids[^1]} did not come to wait for its event");
                }
            }
        }

        await using var next = await StartAsync(options, cancellationToken);
        var times = new List<double>();
        foreach (var id in ids)
        {
            var begun = Stopwatch.GetTimestamp();
            await next.Client.RaiseEventAsync(id, "go", "", cancellationToken);
            await next.Client.WaitForInstanceCompletionAsync(id, cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        report.AtMost($"wake an instance by replaying {ReplayedEvents} events from disk, median", times.Order().ElementAt(Replays / 2), "ms", 100);
    }

    private static async Task MeasureMemoryAsync(BenchReport report, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var early = 0L;
        for (var done = 0; done < Instances; done += InstancesAtOnce)
        {
            await Task.WhenAll(Enumerable.Range(0, InstancesAtOnce).Select(input => EndAsync(client, "Quick", input, cancellationToken)));
            await client.PurgeAllInstancesAsync(new PurgeInstancesFilter(), cancellationToken);
            if (done == Instances / 10)
            {
                early = GC.GetTotalMemory(forceFullCollection: true);
            }
        }

        var grown = (GC.GetTotalMemory(forceFullCollection: true) - early) / (1024.0 * 1024);
        report.Inform($"{Instances} instances run and purged", Stopwatch.GetElapsedTime(begun).TotalSeconds, "s");
        report.AtMost($"memory gained between instance {Instances / 10} and {Instances}", grown, "MB", 5);
    }

    private static async Task<DurableEngine> StartAsync(DurableEngineOptions options, CancellationToken cancellationToken)
    {
        var engine = new DurableEngine(App, options, NullLoggerFactory.Instance);
        await engine.StartAsync(cancellationToken);
        return engine;
    }

    private static async Task<double> EndAsync(DurableTaskClient client, string name, int input, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var id = await client.ScheduleNewOrchestrationInstanceAsync(name, input, cancellationToken);
        var ended = await client.WaitForInstanceCompletionAsync(id, cancellationToken);
        return ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed
            ? Stopwatch.GetElapsedTime(begun).TotalSeconds
            : throw new InvalidOperationException($"{name} ended as {ended.RuntimeStatus}: {ended.FailureDetails}");
    }
}
