using System.Globalization;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Torture;

/// <summary>The orchestrations that are killed: each has an output and effects that can be told in advance.</summary>
internal static class Workload
{
    public const string Collector = "Collector";
    public const int EventsFromOutside = 3;
    private const int Steps = 5;
    private const int Width = 12;
    private const int Generations = 4;

    private static readonly string[] Children = ["left", "right"];

    private static readonly TaskOptions Patient = TaskOptions.FromRetryPolicy(
        new RetryPolicy(20, TimeSpan.FromMilliseconds(10), 2, TimeSpan.FromMilliseconds(50)));

    public static IReadOnlyList<string> Kinds { get; } = ["Chain", "Fan", "Clock", Collector, "Sender", "Parent", "Counter", "Flaky"];

    public static string Id(string kind, int wave) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{wave}");

    public static object Input(string kind, int wave) => kind == "Counter" ? new[] { wave, 0 } : wave;

    public static FunctionTable Functions(Effects effects) => new FunctionTable()
        .Orchestrator<int, string>("Chain", ChainAsync)
        .Orchestrator<int, int>("Fan", async (context, wave) =>
            (await Task.WhenAll(Enumerable.Range(0, Width).Select(item => Touch(context, $"fan-{wave}-{item}")))).Sum())
        .Orchestrator<int, string>("Clock", async (context, wave) =>
        {
            var begun = context.CurrentUtcDateTime;
            await context.CreateTimer(TimeSpan.FromMilliseconds(200), CancellationToken.None);
            await Touch(context, $"clock-{wave}");
            await context.CreateTimer(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            return context.CurrentUtcDateTime - begun >= TimeSpan.FromMilliseconds(220) ? "late enough" : "too early";
        })
        .Orchestrator<int, string>(Collector, CollectAsync)
        .Orchestrator<int, string>("Sender", async (context, wave) =>
        {
            for (var item = 0; item < Steps; item++)
            {
                await Touch(context, $"sender-{wave}-{item}");
                context.SendEvent(Id(Collector, wave), "inside", item);
            }

            return "sent";
        })
        .Orchestrator<int, string>("Parent", async (context, wave) =>
        {
            var left = context.CallSubOrchestratorAsync<int>("Child", $"{Children[0]}-{wave}");
            var right = context.CallSubOrchestratorAsync<int>("Child", $"{Children[1]}-{wave}", new SubOrchestrationOptions(instanceId: $"child-{wave}"));
            var sum = await left + await right;
            return sum.ToString(CultureInfo.InvariantCulture);
        })
        .Orchestrator<string, int>("Child", async (context, name) => await Touch(context, $"{name}-a") + await Touch(context, $"{name}-b"))
        .Orchestrator<int[], string>("Counter", CountAsync)
        .Orchestrator<int, string>("Flaky", async (context, wave) =>
            await context.CallActivityAsync<string>("Stumble", $"flaky-{wave}", Patient))
        .Activity<string, int>("Touch", async (key, call, cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
            effects.Run(call, key);
            return 1;
        })
        .Activity<string, string>("Stumble", (key, call, _) =>
        {
            effects.Run(call, $"{key}-{call.TaskId}");
            return effects.Has($"{key}-2") ? Task.FromResult("stood") : throw new InvalidOperationException("stumbled");
        });

    /// <summary>What an orchestration must have returned, as JSON.</summary>
    public static string Expected(string kind) => kind switch
    {
        "Chain" => "\"0,1,2,3,4\"",
        "Fan" => Width.ToString(CultureInfo.InvariantCulture),
        "Clock" => "\"late enough\"",
        Collector => "\"0,1,2,3,4 of 5, 0,1,2 of 3\"",
        "Sender" => "\"sent\"",
        "Parent" => "\"4\"",
        "Counter" => "\"counted to 4\"",
        "Flaky" => "\"stood\"",
        _ => "2",
    };

    /// <summary>The effects one wave must leave behind.</summary>
    public static IEnumerable<string> Keys(int wave) =>
    [
        .. Enumerable.Range(0, Steps).Select(step => $"chain-{wave}-{step}"),
        .. Enumerable.Range(0, Width).Select(item => $"fan-{wave}-{item}"),
        $"clock-{wave}",
        .. Enumerable.Range(0, Steps).Select(item => $"sender-{wave}-{item}"),
        .. Children.SelectMany(name => new[] { $"{name}-{wave}-a", $"{name}-{wave}-b" }),
        .. Enumerable.Range(0, Generations).Select(generation => $"counter-{wave}-{generation}"),
        .. Enumerable.Range(0, EventsFromOutside).Select(item => $"raised-{wave}-{item}"),
        $"flaky-{wave}-0", $"flaky-{wave}-2",
    ];

    private static Task<int> Touch(TaskOrchestrationContext context, string key) => context.CallActivityAsync<int>("Touch", key);

    private static async Task<string> ChainAsync(TaskOrchestrationContext context, int wave)
    {
        var done = new List<int>();
        for (var step = 0; step < Steps; step++)
        {
            await Touch(context, $"chain-{wave}-{step}");
            done.Add(step);
            context.SetCustomStatus(done);
        }

        return string.Join(',', done);
    }

    /// <summary>Events from an orchestration must come exactly once; events from outside are repeated by a sender that was killed.</summary>
    private static async Task<string> CollectAsync(TaskOrchestrationContext context, int wave)
    {
        var inside = new List<int>();
        while (inside.Count < Steps)
        {
            inside.Add(await context.WaitForExternalEvent<int>("inside"));
        }

        var outside = new SortedSet<int>();
        while (outside.Count < EventsFromOutside)
        {
            outside.Add(await context.WaitForExternalEvent<int>("outside"));
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(',', inside)} of {inside.Count}, {string.Join(',', outside)} of {outside.Count}");
    }

    /// <summary>Starts over for each number; an event sent in the first generation is waited for in the last.</summary>
    private static async Task<string> CountAsync(TaskOrchestrationContext context, int[] state)
    {
        var (wave, generation) = (state[0], state.ElementAtOrDefault(1));
        await Touch(context, $"counter-{wave}-{generation}");
        if (generation == 0)
        {
            context.SendEvent(context.InstanceId, "kept", "counted to");
        }

        if (generation + 1 < Generations)
        {
            context.ContinueAsNew(new[] { wave, generation + 1 });
            return "";
        }

        return $"{await context.WaitForExternalEvent<string>("kept")} {Generations}";
    }
}
