using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using BuilderDrFunctions.LocalRuntime.Tests.Hosting;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Time.Testing;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 1, activities.</summary>
public sealed class ActivityTests
{
    [Fact]
    public async Task Chains_activities_and_returns_the_last_result()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int, int>("Chain", async (context, input) =>
            {
                for (var step = 0; step < 5; step++)
                {
                    input = await context.CallActivityAsync<int>("AddOne", input);
                }

                return input;
            })
            .Activity<int, int>("AddOne", input => input + 1));

        var ended = await app.RunAsync("Chain", 37);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal(42, ended.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Fans_out_and_in()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int, int>("Fan", async (context, width) =>
                (await Task.WhenAll(Enumerable.Range(0, width).Select(i => context.CallActivityAsync<int>("Square", i)))).Sum())
            .Activity<int, int>("Square", input => input * input));

        var ended = await app.RunAsync("Fan", 100);

        Assert.Equal(328350, ended.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Fails_the_orchestration_with_the_activitys_failure_inside()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Caller", context => context.CallActivityAsync("Throws"))
            .Activity<object?, int>("Throws", _ => throw new FileNotFoundException("no such dump", new InvalidDataException("inner"))));

        var ended = await app.RunAsync("Caller");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        var failure = ended.FailureDetails!;
        Assert.Equal("Microsoft.DurableTask.TaskFailedException", failure.ErrorType);
        Assert.Equal("Task 'Throws' (#0) failed with an unhandled exception: no such dump", failure.ErrorMessage);
        Assert.True(failure.InnerFailure!.IsCausedBy<IOException>());
        Assert.Equal("System.IO.InvalidDataException: inner", failure.InnerFailure.InnerFailure!.ToString());
    }

    [Fact]
    public async Task Fails_for_good_when_the_activity_does_not_exist()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator("Caller", context =>
            context.CallActivityAsync("Nowhere", null, TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromHours(1))))));

        var ended = await app.RunAsync("Caller");

        Assert.Equal("ActivityTaskNotFound", ended.FailureDetails!.InnerFailure!.ErrorType);
        Assert.Equal("No activity task named 'Nowhere' was found.", ended.FailureDetails.InnerFailure.ErrorMessage);
    }

    [Fact]
    public async Task Finds_an_activity_whatever_the_case_of_its_name()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Caller", context => context.CallActivityAsync<string>("ECHO", "same"))
            .Activity<string, string>("Echo", text => text));

        Assert.Equal("same", (await app.RunAsync("caller")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Lets_an_orchestrator_catch_the_failure_and_go_on()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Caller", async context =>
            {
                try
                {
                    await context.CallActivityAsync("Throws");
                    return "no failure";
                }
                catch (TaskFailedException failure)
                {
                    return $"{failure.TaskName} {failure.TaskId} {failure.FailureDetails.ErrorMessage}";
                }
            })
            .Activity<object?, int>("Throws", _ => throw new TimeoutException("too slow")));

        Assert.Equal("Throws 0 too slow", (await app.RunAsync("Caller")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Refuses_options_given_as_the_input()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Caller", context => context.CallActivityAsync("Echo", new TaskOptions(), null)));

        var ended = await app.RunAsync("Caller");

        Assert.Equal(typeof(ArgumentException).FullName, ended.FailureDetails!.ErrorType);
        Assert.Contains("(Parameter 'input')", ended.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_options_without_an_input()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Caller", context => context.CallActivityAsync<string>("Echo", new TaskOptions()))
            .Activity<string?, string>("Echo", text => text ?? "nothing"));

        Assert.Equal("nothing", (await app.RunAsync("Caller")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Runs_no_more_activities_at_once_than_it_is_told()
    {
        var (running, most) = (0, 0);
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator("Fan", context => Task.WhenAll(Enumerable.Range(0, 40).Select(i => context.CallActivityAsync("Count", i))))
                .Activity<int, int>("Count", async (_, _, cancellationToken) =>
                {
                    InterlockedMax(ref most, Interlocked.Increment(ref running));
                    await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
                    return Interlocked.Decrement(ref running);
                }),
            options => options with { MaxConcurrentActivities = 3 });

        await app.RunAsync("Fan");

        Assert.Equal(3, most);
    }

    [Fact]
    public async Task Cancels_and_fails_an_activity_that_runs_too_long()
    {
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator("Caller", context => context.CallActivityAsync("Hangs"))
                .Activity<object?, int>("Hangs", async (_, _, cancellationToken) =>
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    return 0;
                }),
            options => options with { ActivityTimeout = TimeSpan.FromMilliseconds(100) });

        var ended = await app.RunAsync("Caller");

        Assert.Equal(typeof(TimeoutException).FullName, ended.FailureDetails!.InnerFailure!.ErrorType);
    }

    [Fact]
    public async Task Leaves_an_activity_behind_that_blocks_its_thread_beyond_its_time()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var leave = new ManualResetEventSlim();
        using var entered = new SemaphoreSlim(0);
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator("Caller", context => context.CallActivityAsync("Blocks"))
                .Activity<object?, int>("Blocks", (_, _, _) =>
                {
                    entered.Release();
                    leave.Wait(CancellationToken.None);
                    return Task.FromResult(0);
                }),
            options => options with { ActivityTimeout = TimeSpan.FromMinutes(10), Time = clock });

        var run = app.RunAsync("Caller");
        await entered.TakeAsync();
        clock.Advance(TimeSpan.FromMinutes(10));
        clock.Advance(TimeSpan.FromSeconds(30));
        var ended = await run;

        leave.Set();
        Assert.Equal(typeof(TimeoutException).FullName, ended.FailureDetails!.InnerFailure!.ErrorType);
    }

    [Fact]
    public async Task Fails_an_activity_whose_result_cannot_be_serialized()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Caller", context => context.CallActivityAsync("Pointer"))
            .Activity<object?, object>("Pointer", _ => (Action)(() => { })));

        var ended = await app.RunAsync("Caller");

        Assert.Equal(typeof(NotSupportedException).FullName, ended.FailureDetails!.InnerFailure!.ErrorType);
    }

    [Fact]
    public async Task Tells_an_activity_who_calls_it()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Caller", async context =>
            {
                await context.CallActivityAsync("Who");
                return await context.CallActivityAsync<string>("Who");
            })
            .Activity<object?, string>("Who", (_, call, _) => Task.FromResult($"{call.Name} {call.InstanceId} {call.TaskId} {call.Attempt}")));

        var ended = await app.RunAsync("Caller", start: new StartOrchestrationOptions("me"));

        Assert.Equal("Who me 1 1", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Completes_only_when_no_call_is_open_any_more()
    {
        var release = new TaskCompletionSource();
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Forgets", context =>
            {
                _ = context.CallActivityAsync("Slow");
                return Task.FromResult("done");
            })
            .Activity<object?, int>("Slow", async (_, _, _) =>
            {
                await release.Task;
                return 0;
            }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Forgets", TestContext.Current.CancellationToken);
        await app.Client.WaitForInstanceStartAsync(id, TestContext.Current.CancellationToken);

        Assert.True((await app.Client.GetInstanceAsync(id, TestContext.Current.CancellationToken))!.IsRunning);
        release.SetResult();
        Assert.Equal("done", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    private static void InterlockedMax(ref int most, int candidate)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < candidate && Interlocked.CompareExchange(ref most, candidate, seen) != seen)
        {
            // another thread was faster: look again
        }
    }
}
