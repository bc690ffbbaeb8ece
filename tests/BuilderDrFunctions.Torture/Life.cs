using BuilderDrFunctions.LocalRuntime.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace BuilderDrFunctions.Torture;

/// <summary>One process: goes on with whatever earlier ones left and keeps starting new work until it is killed.</summary>
internal sealed class Life(string folder, int number)
{
    private const int WavesAtOnce = 6;

    public async Task<int> RunAsync(bool finish, CancellationToken cancellationToken)
    {
        using var effects = new Effects(folder);
        var options = new DurableEngineOptions
        {
            StateFile = Evidence.StateFile(folder),
            MaxConcurrentActivities = 1 + (number % 8),
            // every third life replays at every step
            KeepInMemory = number % 3 == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(30),
            MaximumTimerInterval = TimeSpan.FromMilliseconds(80),
        };
        effects.ForbidCompleted(options.StateFile);
        await using var engine = new DurableEngine(Workload.Functions(effects), options, NullLoggerFactory.Instance);
        await engine.StartAsync(cancellationToken);
        var first = effects.LastWave();
        var waves = Enumerable.Range(0, first + 1).ToList();
        await StartWaveAsync(engine.Client, effects, first, cancellationToken);
        while (!finish)
        {
            if (await LiveAsync(engine.Client, cancellationToken) >= WavesAtOnce * Workload.Kinds.Count)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
                continue;
            }

            waves.Add(waves.Count);
            effects.BeginWave(waves[^1]);
            await StartWaveAsync(engine.Client, effects, waves[^1], cancellationToken);
        }

        foreach (var id in waves.SelectMany(wave => Workload.Kinds.Select(kind => Workload.Id(kind, wave))))
        {
            await engine.Client.WaitForInstanceCompletionAsync(id, cancellationToken);
        }

        await engine.StopAsync(drain: true, cancellationToken);
        return 0;
    }

    private static async Task StartWaveAsync(DurableTaskClient client, Effects effects, int wave, CancellationToken cancellationToken)
    {
        foreach (var kind in Workload.Kinds)
        {
            var id = Workload.Id(kind, wave);
            if (await client.GetInstanceAsync(id, cancellationToken) is null)
            {
                await client.ScheduleNewOrchestrationInstanceAsync(kind, Workload.Input(kind, wave), new StartOrchestrationOptions(id), cancellationToken);
                effects.Acknowledge(id);
            }
        }

        // once the runtime has said yes to an event it must not lose it; until then it is sent again
        for (var item = 0; item < Workload.EventsFromOutside; item++)
        {
            var key = $"raised-{wave}-{item}";
            if (!effects.Has(key))
            {
                await client.RaiseEventAsync(Workload.Id(Workload.Collector, wave), "outside", item, cancellationToken);
                effects.Apply(key);
            }
        }
    }

    private static async Task<int> LiveAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var live = 0;
        var query = new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running], PageSize: 1000);
        await foreach (var instance in client.GetAllInstancesAsync(query).WithCancellation(cancellationToken))
        {
            live++;
        }

        return live;
    }
}
