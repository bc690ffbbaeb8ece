using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 1, external events.</summary>
public sealed class ExternalEventTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delivers_an_event_whatever_the_case_of_its_name()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Waits", context => context.WaitForExternalEvent<int>("Approve")));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);

        await app.Client.RaiseEventAsync(id, "aPPROVE", 7, Cancel);

        Assert.Equal(7, (await app.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Keeps_events_that_come_before_anyone_waits()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", async context =>
        {
            await context.WaitForExternalEvent<string>("go");
            return await context.WaitForExternalEvent<string>("item") + await context.WaitForExternalEvent<string>("item");
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);

        await app.Client.RaiseEventAsync(id, "item", "A", Cancel);
        await app.Client.RaiseEventAsync(id, "item", "B", Cancel);
        await app.Client.RaiseEventAsync(id, "go", "", Cancel);

        Assert.Equal("AB", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Serves_the_newest_waiter_first()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", async context =>
        {
            var older = context.WaitForExternalEvent<string>("item");
            var newer = context.WaitForExternalEvent<string>("item");
            return $"newer {await newer}, older {await older}";
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);

        await app.Client.RaiseEventAsync(id, "item", "1", Cancel);
        await app.Client.RaiseEventAsync(id, "item", "2", Cancel);

        Assert.Equal("newer 1, older 2", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Refuses_two_types_for_one_name()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", async context =>
        {
            _ = context.WaitForExternalEvent<int>("item");
            return await context.WaitForExternalEvent<string>("ITEM");
        }));

        var ended = await app.RunAsync("Waits");

        Assert.Equal(typeof(ArgumentException).FullName, ended.FailureDetails!.ErrorType);
        Assert.StartsWith(
            "Events with the same name must have the same type argument. Expected System.Int32", ended.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_in_TaskCanceledException_after_the_timeout()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", async context =>
        {
            try
            {
                return await context.WaitForExternalEvent<string>("never", TimeSpan.FromMilliseconds(20));
            }
            catch (TaskCanceledException)
            {
                return "too late";
            }
        }));

        Assert.Equal("too late", (await app.RunAsync("Waits")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Cancels_the_timer_when_the_event_comes_in_time()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", context =>
            context.WaitForExternalEvent<string>("soon", TimeSpan.FromDays(1))));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);

        await app.Client.RaiseEventAsync(id, "soon", "in time", Cancel);

        Assert.Equal("in time", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Does_not_give_an_event_to_a_waiter_that_gave_up()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", async context =>
        {
            var patient = context.WaitForExternalEvent<string>("item");
            try
            {
                await context.WaitForExternalEvent<string>("item", TimeSpan.FromMilliseconds(10));
            }
            catch (TaskCanceledException)
            {
                context.SetCustomStatus("gave up");
            }

            return await patient;
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);
        await app.ReachedAsync(id, "gave up");

        await app.Client.RaiseEventAsync(id, "item", "kept", Cancel);

        Assert.Equal("kept", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Fails_the_waiter_when_the_payload_is_of_another_type()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Waits", context => context.WaitForExternalEvent<int>("number")));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);

        await app.Client.RaiseEventAsync(id, "number", "a word", Cancel);

        Assert.Equal("System.Text.Json.JsonException", (await app.EndAsync(id)).FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task Brings_an_event_without_a_payload_as_the_default()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Waits", async context => await context.WaitForExternalEvent<string?>("go") ?? "nothing"));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);

        await app.Client.RaiseEventAsync(id, "go", Cancel);

        Assert.Equal("nothing", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Drops_an_event_for_an_instance_that_is_not_there()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable());

        await app.Client.RaiseEventAsync("nobody", "go", "x", Cancel);

        Assert.Null(await app.Client.GetInstanceAsync("nobody", Cancel));
    }

    [Fact]
    public async Task Drops_an_event_for_an_instance_that_has_ended()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int>("Quick", _ => Task.FromResult(1)));
        var ended = await app.RunAsync("Quick");

        await app.Client.RaiseEventAsync(ended.InstanceId, "go", "x", Cancel);

        Assert.DoesNotContain(await app.Engine.GetHistoryAsync(ended.InstanceId, Cancel) ?? [], record => record.EventType == "EventRaised");
    }

    [Fact]
    public async Task Sends_from_one_orchestration_to_another()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Receiver", context => context.WaitForExternalEvent<string>("mail"))
            .Orchestrator("Sender", context =>
            {
                context.SendEvent("receiver", "MAIL", "hello");
                context.SendEvent("nobody", "mail", "lost");
                return Task.CompletedTask;
            }));
        await app.Client.ScheduleNewOrchestrationInstanceAsync("Receiver", new StartOrchestrationOptions("receiver"), Cancel);

        var sent = await app.RunAsync("Sender");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, sent.RuntimeStatus);
        Assert.Equal("hello", (await app.EndAsync("receiver")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Keeps_events_raised_before_the_first_step()
    {
        using var gate = new ManualResetEventSlim();
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator<bool>("Holds", _ => Task.FromResult(gate.Wait(TimeSpan.FromSeconds(30), Cancel)))
                .Orchestrator<string>("Later", context => context.WaitForExternalEvent<string>("early")),
            options => options with { MaxConcurrentOrchestrators = 1 });
        await app.Client.ScheduleNewOrchestrationInstanceAsync("Holds", new StartOrchestrationOptions("first"), Cancel);
        await app.Client.ScheduleNewOrchestrationInstanceAsync("Later", new StartOrchestrationOptions("later"), Cancel);

        await app.Client.RaiseEventAsync("later", "early", "bird", Cancel);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await app.Client.GetInstanceAsync("later", Cancel))!.RuntimeStatus);
        gate.Set();

        Assert.Equal("bird", (await app.EndAsync("later")).ReadOutputAs<string>());
    }
}
