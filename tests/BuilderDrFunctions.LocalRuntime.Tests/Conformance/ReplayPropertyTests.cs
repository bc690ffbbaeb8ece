using System.Globalization;
using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using CsCheck;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Whatever an orchestrator does, it comes to the same whether it is replayed or not.</summary>
public sealed class ReplayPropertyTests
{
    private const int Kinds = 9;

    private static readonly int[] OneEcho = [0];

    private static readonly FunctionTable App = new FunctionTable()
        .Orchestrator<int[], string>("Script", async (context, steps) =>
        {
            var told = new List<string>();
            for (var step = 0; step < steps.Length; step++)
            {
                told.Add(await DoAsync(context, steps[step], step));
            }

            return string.Join(' ', told);
        })
        .Activity<string, string>("Echo", text => text)
        .Activity<string, string>("Throw", text => throw new InvalidOperationException(text));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replaying_at_every_step_changes_nothing()
    {
        await using var remembers = await EngineHarness.StartAsync(App);
        await using var replays = await EngineHarness.StartAsync(App, options => options with { KeepInMemory = TimeSpan.Zero });

        await Gen.Int[0, Kinds - 1].Array[0, 8].SampleAsync(
            async steps =>
            {
                var expected = string.Join(' ', steps.Select((kind, step) => Oracle(kind, step)));
                foreach (var app in new[] { remembers, replays })
                {
                    var ended = await app.RunAsync("Script", steps);
                    Assert.Equal(expected, ended.ReadOutputAs<string>());
                    var answers = (await app.Engine.GetHistoryAsync(ended.InstanceId, Cancel))!.Where(record => record.CauseId is not null);
                    Assert.All(answers.GroupBy(record => record.CauseId), answer => Assert.Single(answer));
                }
            },
            iter: 40);
    }

    [Fact]
    public async Task Every_event_is_delivered_once_while_the_instance_is_suspended_and_resumed()
    {
        const int Senders = 8, Each = 25;
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable().Orchestrator<int[]>("Collect", async context =>
            {
                var seen = new List<int>();
                while (seen.Count < Senders * Each)
                {
                    seen.Add(await context.WaitForExternalEvent<int>("item"));
                }

                return [.. seen];
            }),
            options => options with { KeepInMemory = TimeSpan.Zero });
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Collect", Cancel);

        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var item = 0; item < Each; item++)
            {
                await app.Client.RaiseEventAsync(id, "item", (sender * Each) + item, Cancel);
            }
        })));
        while (!sending.IsCompleted)
        {
            await app.Client.SuspendInstanceAsync(id, Cancel);
            await app.Client.ResumeInstanceAsync(id, Cancel);
        }

        await sending;
        var seen = (await app.EndAsync(id)).ReadOutputAs<int[]>()!;
        Assert.Equal(Enumerable.Range(0, Senders * Each), seen.Order());
        Assert.All(seen.GroupBy(item => item / Each), one => Assert.Equal(one.Order(), one));
    }

    private static string Oracle(int kind, int step) => kind switch
    {
        0 => $"echo{step}",
        1 => "timer",
        2 => $"a{step}b{step}c{step}",
        3 => "first",
        4 => $"mail{step}",
        5 => $"failed{step}",
        6 => "same",
        7 => "child:echo0",
        _ => "late",
    };

    private static async Task<string> DoAsync(TaskOrchestrationContext context, int kind, int step)
    {
        switch (kind)
        {
            case 0:
                return await Echo(context, $"echo{step}");
            case 1:
                await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
                return "timer";
            case 2:
                return string.Concat(await Task.WhenAll(Echo(context, $"a{step}"), Echo(context, $"b{step}"), Echo(context, $"c{step}")));
            case 3:
                using (var source = new CancellationTokenSource())
                {
                    var timer = context.CreateTimer(TimeSpan.FromDays(10), source.Token);
                    var winner = await Task.WhenAny(timer, Echo(context, "first"));
                    source.Cancel();
                    return winner == timer ? "timer" : "first";
                }

            case 4:
                context.SendEvent(context.InstanceId, "mail", $"mail{step}");
                return await context.WaitForExternalEvent<string>("MAIL");
            case 5:
                try
                {
                    return await context.CallActivityAsync<string>("Throw", $"failed{step}");
                }
                catch (TaskFailedException failure)
                {
                    return failure.FailureDetails.ErrorMessage;
                }

            case 6:
                var mine = string.Create(CultureInfo.InvariantCulture, $"{context.NewGuid()} {context.CurrentUtcDateTime.Ticks}");
                return await Echo(context, mine) == mine ? "same" : "other";
            case 7:
                return "child:" + await context.CallSubOrchestratorAsync<string>("Script", OneEcho);
            default:
                try
                {
                    return await context.WaitForExternalEvent<string>("never", TimeSpan.FromMilliseconds(1));
                }
                catch (TaskCanceledException)
                {
                    return "late";
                }
        }
    }

    private static Task<string> Echo(TaskOrchestrationContext context, string text) => context.CallActivityAsync<string>("Echo", text);
}
