using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 1, timers.</summary>
public sealed class TimerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fires_when_due_and_not_before()
    {
        var clock = new SettableClock(Noon);
        await using var app = await StartAsync(clock, new FunctionTable().Orchestrator<DateTime>("Wait", async context =>
        {
            context.SetCustomStatus("waiting");
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            return context.CurrentUtcDateTime;
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancel);
        await app.ReachedAsync(id, "waiting");

        clock.Set(Noon.AddMinutes(59));
        Assert.True((await app.Client.GetInstanceAsync(id, Cancel))!.IsRunning);
        clock.Set(Noon.AddHours(1));

        Assert.Equal(Noon.UtcDateTime.AddHours(1), (await app.EndAsync(id)).ReadOutputAs<DateTime>());
    }

    [Fact]
    public async Task Fires_at_once_when_it_came_due_while_nothing_ran()
    {
        var clock = new SettableClock(Noon);
        await using var app = await StartAsync(clock, new FunctionTable().Orchestrator<DateTime>("Wait", async context =>
        {
            context.SetCustomStatus("waiting");
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            return context.CurrentUtcDateTime;
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancel);
        await app.ReachedAsync(id, "waiting");

        await app.StopAsync();
        clock.Set(Noon.AddHours(5));
        await app.RestartAsync();

        Assert.Equal(Noon.UtcDateTime.AddHours(5), (await app.EndAsync(id)).ReadOutputAs<DateTime>());
    }

    [Fact]
    public async Task Fires_at_once_when_the_time_is_past()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator("Wait", context =>
            context.CreateTimer(context.CurrentUtcDateTime.AddDays(-1), CancellationToken.None)));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await app.RunAsync("Wait")).RuntimeStatus);
    }

    [Fact]
    public async Task Ends_in_TaskCanceledException_when_it_is_cancelled()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Cancels", async context =>
        {
            using var source = new CancellationTokenSource();
            var timer = context.CreateTimer(TimeSpan.FromDays(1), source.Token);
            source.Cancel();
            try
            {
                await timer;
                return "fired";
            }
            catch (TaskCanceledException)
            {
                return "cancelled";
            }
        }));

        Assert.Equal("cancelled", (await app.RunAsync("Cancels")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Keeps_the_instance_from_completing_until_it_fires()
    {
        var clock = new SettableClock(Noon);
        await using var app = await StartAsync(clock, new FunctionTable().Orchestrator<string>("Forgets", context =>
        {
            context.SetCustomStatus("returned");
            _ = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            return Task.FromResult("done");
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Forgets", Cancel);
        await app.ReachedAsync(id, "returned");

        Assert.True((await app.Client.GetInstanceAsync(id, Cancel))!.IsRunning);
        clock.Set(Noon.AddHours(1));
        Assert.Equal("done", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Splits_a_timer_longer_than_three_days()
    {
        var clock = new SettableClock(Noon);
        await using var app = await StartAsync(clock, new FunctionTable().Orchestrator<DateTime>("Week", async context =>
        {
            await context.CreateTimer(TimeSpan.FromDays(7), CancellationToken.None);
            return context.CurrentUtcDateTime;
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Week", Cancel);

        for (var timers = 1; timers <= 3; timers++)
        {
            await EngineHarness.UntilAsync(async () => (await TimersAsync(app, id)).Length == timers);
            clock.Set(Noon.AddDays(3 * timers));
        }

        Assert.Equal(Noon.UtcDateTime.AddDays(9), (await app.EndAsync(id)).ReadOutputAs<DateTime>());
        Assert.Equal(
            [Noon.UtcDateTime.AddDays(3), Noon.UtcDateTime.AddDays(6), Noon.UtcDateTime.AddDays(7)], await TimersAsync(app, id));
    }

    [Fact]
    public async Task Gives_a_race_to_the_faster()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Race", async context =>
            {
                using var source = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromDays(1), source.Token);
                var work = context.CallActivityAsync<string>("Work");
                var winner = await Task.WhenAny(timer, work);
                source.Cancel();
                return winner == work ? await work : "timer";
            })
            .Activity<object?, string>("Work", _ => "work"));

        Assert.Equal("work", (await app.RunAsync("Race")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Loses_nothing_when_the_clock_is_set_back()
    {
        var clock = new SettableClock(Noon);
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator<bool>("Wait", async context =>
                {
                    var begun = context.CurrentUtcDateTime;
                    context.SetCustomStatus("waiting");
                    await context.WaitForExternalEvent<string>("go");
                    var later = context.CurrentUtcDateTime;
                    await context.CreateTimer(TimeSpan.FromMilliseconds(50), CancellationToken.None);
                    await context.CallActivityAsync("Work");
                    return begun <= later && later < context.CurrentUtcDateTime;
                })
                .Activity<object?, int>("Work", _ => 0),
            options => options with { Time = clock });
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancel);
        await app.ReachedAsync(id, "waiting");

        clock.Set(Noon.AddHours(-1));
        await app.Client.RaiseEventAsync(id, "go", "on", Cancel);
        await EngineHarness.UntilAsync(async () => (await TimersAsync(app, id)).Length == 1);
        clock.Set(Noon.AddHours(1));

        Assert.True((await app.EndAsync(id)).ReadOutputAs<bool>());
    }

    private static Task<EngineHarness> StartAsync(TimeProvider clock, FunctionTable functions) =>
        EngineHarness.StartAsync(functions, options => options with { Time = clock });

    private static async Task<DateTime[]> TimersAsync(EngineHarness app, string id) =>
        [.. (await app.Engine.GetHistoryAsync(id, Cancel))!.Where(record => record.EventType == "TimerCreated")
            .Select(record => (DateTime)record.Fields["FireAt"]!)];
}
