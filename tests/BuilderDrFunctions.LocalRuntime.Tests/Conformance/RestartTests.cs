using System.Collections.Concurrent;
using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>What a new process finds and goes on with.</summary>
public sealed class RestartTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Does_not_run_a_completed_activity_again()
    {
        var runs = new ConcurrentBag<string>();
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Steps", async context =>
            {
                var first = await context.CallActivityAsync<string>("Note", "first");
                context.SetCustomStatus("waiting");
                var signal = await context.WaitForExternalEvent<string>("go");
                var second = await context.CallActivityAsync<string>("Note", "second");
                return first + signal + second;
            })
            .Activity<string, string>("Note", note =>
            {
                runs.Add(note);
                return note;
            }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Steps", Cancel);
        await app.ReachedAsync(id, "waiting");

        await app.RestartAsync();
        await app.Client.RaiseEventAsync(id, "GO", "-", Cancel);

        Assert.Equal("first-second", (await app.EndAsync(id)).ReadOutputAs<string>());
        Assert.Equal(["first", "second"], runs.Order());
    }

    [Fact]
    public async Task Runs_an_interrupted_activity_again()
    {
        var attempts = new ConcurrentQueue<int>();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Caller", context => context.CallActivityAsync<int>("Slow"))
            .Activity<object?, int>("Slow", async (_, call, cancellationToken) =>
            {
                attempts.Enqueue(call.Attempt);
                begun.TrySetResult();
                if (call.Attempt == 1)
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }

                return call.Attempt;
            }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Caller", Cancel);
        await begun.Task;

        await app.RestartAsync();

        Assert.Equal(2, (await app.EndAsync(id)).ReadOutputAs<int>());
        Assert.Equal([1, 2], attempts);
    }

    [Fact]
    public async Task Goes_on_with_timers_and_sub_orchestrations_and_buffered_events()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Parent", async context =>
            {
                var child = context.CallSubOrchestratorAsync<string>("Child");
                var timer = context.CreateTimer(TimeSpan.FromMilliseconds(200), CancellationToken.None);
                context.SetCustomStatus("waiting");
                await Task.WhenAll(child, timer);
                return await context.WaitForExternalEvent<string>("early") + await child;
            })
            .Orchestrator<string>("Child", context => context.WaitForExternalEvent<string>("hello")));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Parent", Cancel);
        await app.ReachedAsync(id, "waiting");
        await app.Client.RaiseEventAsync(id, "early", "A", Cancel);

        await app.RestartAsync();
        var child = await FindChildAsync(app.Client);
        await app.Client.RaiseEventAsync(child, "hello", "B", Cancel);

        Assert.Equal("AB", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    private static async Task<string> FindChildAsync(DurableTaskClient client)
    {
        await foreach (var instance in client.GetAllInstancesAsync())
        {
            if (instance.Name == "Child")
            {
                return instance.InstanceId;
            }
        }

        throw new InvalidOperationException("The parent has no child.");
    }
}
