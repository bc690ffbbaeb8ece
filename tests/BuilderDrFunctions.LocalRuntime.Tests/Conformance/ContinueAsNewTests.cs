using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 1, continue-as-new.</summary>
public sealed class ContinueAsNewTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Starts_over_with_the_new_input_until_it_returns()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int, int>("Count", (context, input) =>
        {
            if (input < 10)
            {
                context.ContinueAsNew(input + 1);
            }

            return Task.FromResult(input);
        }));

        var ended = await app.RunAsync("Count", 0);

        Assert.Equal(10, ended.ReadOutputAs<int>());
        Assert.Equal(10, ended.ReadInputAs<int>());
    }

    [Fact]
    public async Task Truncates_the_history()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int, int>("Count", async (context, input) =>
            {
                await context.CallActivityAsync("Nothing");
                if (input < 5)
                {
                    context.ContinueAsNew(input + 1);
                }

                return input;
            })
            .Activity<object?, int>("Nothing", _ => 0));

        var ended = await app.RunAsync("Count", 0);

        var history = await app.Engine.GetHistoryAsync(ended.InstanceId, Cancel);
        Assert.Equal(
            ["ExecutionStarted", "OrchestratorStarted", "TaskScheduled", "TaskCompleted", "OrchestratorStarted", "ExecutionCompleted"],
            history!.Select(record => record.EventType));
    }

    [Theory]
    [InlineData(true, "kept")]
    [InlineData(false, "nothing")]
    public async Task Carries_events_along_unless_told_otherwise(bool preserve, string expected)
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string?, string>("Moves", async (context, moved) =>
        {
            if (moved is null)
            {
                await context.WaitForExternalEvent<string>("go");
                context.ContinueAsNew("moved", preserve);
                return "";
            }

            try
            {
                return await context.WaitForExternalEvent<string>("item", TimeSpan.FromMilliseconds(30));
            }
            catch (TaskCanceledException)
            {
                return "nothing";
            }
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Moves", Cancel);
        await app.Client.RaiseEventAsync(id, "item", "kept", Cancel);

        await app.Client.RaiseEventAsync(id, "go", "", Cancel);

        Assert.Equal(expected, (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task Shows_the_last_custom_status_until_a_new_one_is_set(int secondsInMemory)
    {
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable().Orchestrator<int, int>("Moves", async (context, generation) =>
            {
                if (generation == 0)
                {
                    context.SetCustomStatus("first");
                    context.ContinueAsNew(1);
                    return 0;
                }

                return await context.WaitForExternalEvent<int>("go") + await context.WaitForExternalEvent<int>("go");
            }),
            options => options with { KeepInMemory = TimeSpan.FromSeconds(secondsInMemory) });
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Moves", 0, Cancel);
        await app.ReachedAsync(id, "first");

        await app.Client.RaiseEventAsync(id, "go", 1, Cancel);
        await app.Client.RaiseEventAsync(id, "go", 1, Cancel);

        Assert.Equal("\"first\"", (await app.EndAsync(id)).SerializedCustomStatus);
    }

    [Fact]
    public async Task Does_not_start_over_when_it_fails_afterwards()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int, int>("Breaks", (context, _) =>
        {
            context.ContinueAsNew(1);
            throw new InvalidOperationException("broke");
        }));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await app.RunAsync("Breaks", 0)).RuntimeStatus);
    }

    [Fact]
    public async Task Gives_the_last_generations_result_to_the_parent()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Parent", context => context.CallSubOrchestratorAsync<int>("Count", 0))
            .Orchestrator<int, int>("Count", (context, input) =>
            {
                if (input < 3)
                {
                    context.ContinueAsNew(input + 1);
                }

                return Task.FromResult(input);
            }));

        Assert.Equal(3, (await app.RunAsync("Parent")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Goes_on_with_its_own_generation_after_a_restart()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int, int>("Count", async (context, input) =>
        {
            if (input < 3)
            {
                context.ContinueAsNew(input + 1);
                return 0;
            }

            context.SetCustomStatus("third");
            await context.WaitForExternalEvent<string>("go");
            return input;
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Count", 0, Cancel);
        await app.ReachedAsync(id, "third");

        await app.RestartAsync();
        await app.Client.RaiseEventAsync(id, "go", "", Cancel);

        Assert.Equal(3, (await app.EndAsync(id)).ReadOutputAs<int>());
    }
}
