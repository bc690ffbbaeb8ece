using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 2, terminating, suspending, restarting, rewinding.</summary>
public sealed class ControlTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Terminates_with_an_output_and_without_finally_blocks()
    {
        var cleaned = false;
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator("Waits", async context =>
        {
            try
            {
                await context.WaitForExternalEvent<string>("go");
            }
            finally
            {
                cleaned = true;
            }
        }));
        var id = await StartedAsync(app, "Waits");

        await app.Client.TerminateInstanceAsync(id, "enough", Cancel);

        var ended = await app.EndAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, ended.RuntimeStatus);
        Assert.Equal("enough", ended.ReadOutputAs<string>());
        Assert.True(ended.IsCompleted);
        Assert.False(cleaned);
    }

    [Fact]
    public async Task Cancels_the_running_activities_of_a_terminated_instance()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Caller", context => context.CallActivityAsync("Hangs"))
            .Activity<object?, int>("Hangs", async (_, _, cancellationToken) =>
            {
                cancellationToken.Register(cancelled.SetResult);
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return 0;
            }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Caller", Cancel);
        await begun.Task;

        await app.Client.TerminateInstanceAsync(id, Cancel);

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await app.EndAsync(id)).RuntimeStatus);
    }

    [Theory]
    [InlineData(true, OrchestrationRuntimeStatus.Terminated)]
    [InlineData(false, OrchestrationRuntimeStatus.Running)]
    public async Task Terminates_children_only_when_told_to(bool recursive, OrchestrationRuntimeStatus expected)
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync("Child", null, new SubOrchestrationOptions(instanceId: "child")))
            .Orchestrator("Child", context => context.CallSubOrchestratorAsync("Grandchild", null, new SubOrchestrationOptions(instanceId: "grandchild")))
            .Orchestrator("Grandchild", context => context.WaitForExternalEvent<string>("go")));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Parent", Cancel);
        await app.Client.WaitForInstanceStartAsync("grandchild", Cancel);

        await app.Client.TerminateInstanceAsync(id, new TerminateInstanceOptions("end", recursive), Cancel);

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await app.Client.GetInstanceAsync(id, Cancel))!.RuntimeStatus);
        Assert.Equal(expected, (await app.Client.GetInstanceAsync("child", Cancel))!.RuntimeStatus);
        Assert.Equal(expected, (await app.Client.GetInstanceAsync("grandchild", Cancel))!.RuntimeStatus);
    }

    [Fact]
    public async Task Drops_the_answers_to_a_terminated_instance()
    {
        var release = new TaskCompletionSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Caller", context => context.CallActivityAsync("Slow"))
            .Activity<object?, int>("Slow", async (_, _, _) =>
            {
                begun.SetResult();
                await release.Task;
                return 1;
            }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Caller", Cancel);
        await begun.Task;
        await app.Client.TerminateInstanceAsync(id, Cancel);

        release.SetResult();
        await app.RestartAsync(drain: true);

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await app.Client.GetInstanceAsync(id, Cancel))!.RuntimeStatus);
        Assert.DoesNotContain((await app.Engine.GetHistoryAsync(id, Cancel))!, record => record.EventType == "TaskCompleted");
    }

    [Fact]
    public async Task Does_nothing_to_an_instance_that_is_not_there_or_has_ended()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int>("Quick", _ => Task.FromResult(1)));
        var ended = await app.RunAsync("Quick");

        await app.Client.TerminateInstanceAsync("nobody", Cancel);
        await app.Client.TerminateInstanceAsync(ended.InstanceId, Cancel);
        await app.Client.SuspendInstanceAsync(ended.InstanceId, Cancel);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await app.Client.GetInstanceAsync(ended.InstanceId, Cancel))!.RuntimeStatus);
    }

    [Fact]
    public async Task Suspends_and_keeps_what_arrives_for_later()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", context =>
            context.WaitForExternalEvent<string>("go")));
        var id = await StartedAsync(app, "Waits");

        await app.Client.SuspendInstanceAsync(id, "lunch", Cancel);
        await app.Client.RaiseEventAsync(id, "go", "on", Cancel);

        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await app.Client.GetInstanceAsync(id, Cancel))!.RuntimeStatus);
        await app.Client.ResumeInstanceAsync(id, "back", Cancel);
        Assert.Equal("on", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Stays_suspended_over_a_restart()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", context =>
            context.WaitForExternalEvent<string>("go")));
        var id = await StartedAsync(app, "Waits");
        await app.Client.SuspendInstanceAsync(id, Cancel);
        await app.Client.RaiseEventAsync(id, "go", "on", Cancel);

        await app.RestartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await app.Client.GetInstanceAsync(id, Cancel))!.RuntimeStatus);
        await app.Client.ResumeInstanceAsync(id, Cancel);
        Assert.Equal("on", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Lets_running_activities_of_a_suspended_instance_end()
    {
        var release = new TaskCompletionSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Caller", context => context.CallActivityAsync<int>("Slow"))
            .Activity<object?, int>("Slow", async (_, _, _) =>
            {
                begun.SetResult();
                await release.Task;
                return 5;
            }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Caller", Cancel);
        await begun.Task;
        await app.Client.SuspendInstanceAsync(id, Cancel);

        release.SetResult();
        await EngineHarness.UntilAsync(async () =>
            (await app.Engine.GetHistoryAsync(id, Cancel))!.Any(record => record.EventType == "TaskCompleted"));

        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await app.Client.GetInstanceAsync(id, Cancel))!.RuntimeStatus);
        await app.Client.ResumeInstanceAsync(id, Cancel);
        Assert.Equal(5, (await app.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Terminates_a_suspended_instance()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<string>("Waits", context =>
            context.WaitForExternalEvent<string>("go")));
        var id = await StartedAsync(app, "Waits");
        await app.Client.SuspendInstanceAsync(id, Cancel);

        await app.Client.TerminateInstanceAsync(id, Cancel);

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await app.EndAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task Restarts_with_the_same_name_and_input_under_a_new_id()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int, int>("Double", (_, input) => Task.FromResult(input * 2)));
        var first = await app.RunAsync("Double", 21);

        var id = await app.Client.RestartAsync(first.InstanceId, restartWithNewInstanceId: true, Cancel);

        Assert.NotEqual(first.InstanceId, id);
        Assert.Equal(42, (await app.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Restarts_under_the_same_id()
    {
        var runs = 0;
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int>("Count", _ => Task.FromResult(++runs)));
        var first = await app.RunAsync("Count");

        var id = await app.Client.RestartAsync(first.InstanceId, cancellation: Cancel);

        Assert.Equal(first.InstanceId, id);
        Assert.Equal(2, (await app.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Refuses_to_restart_what_is_not_there_or_still_runs()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator("Waits", context => context.WaitForExternalEvent<string>("go")));
        var id = await StartedAsync(app, "Waits");

        await Assert.ThrowsAsync<ArgumentException>(() => app.Client.RestartAsync("nobody", cancellation: Cancel));
        await Assert.ThrowsAsync<InvalidOperationException>(() => app.Client.RestartAsync(id, cancellation: Cancel));
    }

    private static async Task<string> StartedAsync(EngineHarness app, string name)
    {
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync(name, Cancel);
        await app.Client.WaitForInstanceStartAsync(id, Cancel);
        return id;
    }
}
