using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 1, sub-orchestrations.</summary>
public sealed class SubOrchestrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Returns_the_childs_result()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int, int>("Parent", async (context, input) => await context.CallSubOrchestratorAsync<int>("Child", input) + 1)
            .Orchestrator<int, int>("Child", (_, input) => Task.FromResult(input * 10)));

        Assert.Equal(41, (await app.RunAsync("Parent", 4)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Gives_the_child_the_id_it_is_told()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Parent", context =>
                context.CallSubOrchestratorAsync<string>("Child", null, new TaskOptions().WithInstanceId("the-child")))
            .Orchestrator<string>("Child", context => Task.FromResult(context.InstanceId)));

        Assert.Equal("the-child", (await app.RunAsync("Parent")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Makes_up_an_id_that_replay_makes_again()
    {
        var ids = new List<string>();
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator<string>("Parent", async context =>
                {
                    var id = await context.CallSubOrchestratorAsync<string>("Child");
                    await context.CallActivityAsync("Nothing");
                    ids.Add(id);
                    await context.CallActivityAsync("Nothing");
                    return id;
                })
                .Orchestrator<string>("Child", context => Task.FromResult(context.InstanceId))
                .Activity<object?, int>("Nothing", _ => 0),
            options => options with { KeepInMemory = TimeSpan.Zero });

        var id = (await app.RunAsync("Parent")).ReadOutputAs<string>();

        Assert.All(ids, seen => Assert.Equal(id, seen));
        Assert.True(Guid.TryParseExact(id, "N", out _));
    }

    [Fact]
    public async Task Tells_the_child_who_its_parent_is()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Parent", async context =>
                $"{context.Parent is null} {await context.CallSubOrchestratorAsync<string>("Child")}")
            .Orchestrator<string>("Child", context => Task.FromResult($"{context.Parent!.Name} {context.Parent.InstanceId}")));

        var ended = await app.RunAsync("Parent", start: new StartOrchestrationOptions("mother"));

        Assert.Equal("True Parent mother", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Throws_the_childs_failure_into_the_parent()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync("Child"))
            .Orchestrator("Child", _ => throw new InvalidOperationException("child broke")));

        var ended = await app.RunAsync("Parent");

        Assert.Equal("Task 'Child' (#0) failed with an unhandled exception: child broke", ended.FailureDetails!.ErrorMessage);
        Assert.True(ended.FailureDetails.InnerFailure!.IsCausedBy<InvalidOperationException>());
    }

    [Fact]
    public async Task Shows_an_activitys_failure_through_both_levels()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync("Child"))
            .Orchestrator("Child", context => context.CallActivityAsync("Throws"))
            .Activity<object?, int>("Throws", _ => throw new DivideByZeroException("deep")));

        var failure = (await app.RunAsync("Parent")).FailureDetails!;

        Assert.True(failure.InnerFailure!.IsCausedBy<TaskFailedException>());
        Assert.True(failure.InnerFailure.InnerFailure!.IsCausedBy<ArithmeticException>());
    }

    [Fact]
    public async Task Fails_for_good_when_the_orchestrator_does_not_exist()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator("Parent", context =>
            context.CallSubOrchestratorAsync("Nowhere", null, TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromHours(1))))));

        var ended = await app.RunAsync("Parent");

        Assert.Equal("OrchestratorTaskNotFound", ended.FailureDetails!.InnerFailure!.ErrorType);
        Assert.Equal("No orchestrator task named 'Nowhere' was found.", ended.FailureDetails.InnerFailure.ErrorMessage);
    }

    [Fact]
    public async Task Fails_the_call_when_its_id_belongs_to_a_live_instance()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Parent", async context =>
            {
                try
                {
                    return await context.CallSubOrchestratorAsync<string>("Child", null, new SubOrchestrationOptions(instanceId: "taken"));
                }
                catch (TaskFailedException failure)
                {
                    return failure.FailureDetails.ErrorType;
                }
            })
            .Orchestrator<string>("Child", context => context.WaitForExternalEvent<string>("go")));
        await app.Client.ScheduleNewOrchestrationInstanceAsync("Child", new StartOrchestrationOptions("taken"), Cancel);

        var ended = await app.RunAsync("Parent");

        Assert.Equal("DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException", ended.ReadOutputAs<string>());
        Assert.True((await app.Client.GetInstanceAsync("taken", Cancel))!.IsRunning);
    }

    [Fact]
    public async Task Fails_the_call_when_the_child_is_terminated()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync("Child", null, new SubOrchestrationOptions(instanceId: "child")))
            .Orchestrator<string>("Child", context => context.WaitForExternalEvent<string>("go")));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Parent", Cancel);
        await EngineHarness.UntilAsync(async () => await app.Client.GetInstanceAsync("child", Cancel) is { IsRunning: true });

        await app.Client.TerminateInstanceAsync("child", "enough", Cancel);

        var ended = await app.EndAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("terminated: \"enough\"", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_no_details_of_a_child_that_was_terminated()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Parent", async context =>
            {
                try
                {
                    return await context.CallSubOrchestratorAsync<string>("Child", null, new SubOrchestrationOptions(instanceId: "child"));
                }
                catch (TaskFailedException failure)
                {
                    return failure.FailureDetails is null ? $"no details: {failure.TaskName} {failure.TaskId}" : failure.FailureDetails.ErrorType;
                }
            })
            .Orchestrator<string>("Child", context => context.WaitForExternalEvent<string>("go")));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Parent", Cancel);
        await EngineHarness.UntilAsync(async () => await app.Client.GetInstanceAsync("child", Cancel) is { IsRunning: true });

        await app.Client.TerminateInstanceAsync("child", "enough", Cancel);

        Assert.Equal("no details: Child 0", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Runs_children_side_by_side()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Parent", async context =>
                (await Task.WhenAll(Enumerable.Range(1, 20).Select(i => context.CallSubOrchestratorAsync<int>("Child", i)))).Sum())
            .Orchestrator<int, int>("Child", (context, input) => context.CallActivityAsync<int>("Echo", input))
            .Activity<int, int>("Echo", input => input));

        Assert.Equal(210, (await app.RunAsync("Parent")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Refuses_an_id_that_breaks_the_rule()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync("Child", null, new SubOrchestrationOptions(instanceId: "a/b"))));

        Assert.Equal(typeof(ArgumentException).FullName, (await app.RunAsync("Parent")).FailureDetails!.ErrorType);
    }
}
