using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 1, retry policies and handlers.</summary>
public sealed class RetryTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task Tries_as_often_as_the_policy_says()
    {
        var (ended, attempts, _) = await CallAsync(TaskOptions.FromRetryPolicy(new RetryPolicy(3, Tick)), succeedAt: 9);

        Assert.Equal("failed", ended);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task Stops_at_the_first_success()
    {
        var (ended, attempts, _) = await CallAsync(TaskOptions.FromRetryPolicy(new RetryPolicy(5, Tick)), succeedAt: 2);

        Assert.Equal("succeeded", ended);
        Assert.Equal(2, attempts);
    }

    [Fact]
    public async Task Lets_its_pauses_grow_up_to_the_longest()
    {
        var policy = new RetryPolicy(5, Tick, backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMilliseconds(35));

        var (_, _, pauses) = await CallAsync(TaskOptions.FromRetryPolicy(policy), succeedAt: 9);

        // after the last attempt a timer that is due at once, as in the cloud's histories
        Assert.Equal([10, 20, 35, 35, 0], pauses);
    }

    [Fact]
    public async Task Gives_up_when_its_time_is_over()
    {
        var policy = new RetryPolicy(1000, Tick, retryTimeout: TimeSpan.FromMilliseconds(80));

        var (ended, attempts, _) = await CallAsync(TaskOptions.FromRetryPolicy(policy), succeedAt: 1000);

        Assert.Equal("failed", ended);
        Assert.InRange(attempts, 1, 9);
    }

    [Fact]
    public async Task Does_not_retry_what_the_policy_does_not_handle()
    {
        var policy = new RetryPolicy(5, Tick) { HandleFailure = failure => !failure.IsCausedBy<InvalidOperationException>() };

        var (ended, attempts, _) = await CallAsync(TaskOptions.FromRetryPolicy(policy), succeedAt: 9);

        Assert.Equal("failed", ended);
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task Retries_what_the_policy_handles()
    {
        var policy = new RetryPolicy(5, Tick) { HandleFailure = failure => failure.IsCausedBy<SystemException>() };

        var (ended, attempts, _) = await CallAsync(TaskOptions.FromRetryPolicy(policy), succeedAt: 3);

        Assert.Equal("succeeded", ended);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task Retries_a_sub_orchestration_under_the_same_id()
    {
        var attempts = 0;
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Parent", context => context.CallSubOrchestratorAsync<string>(
                "Child", null, new SubOrchestrationOptions(new RetryPolicy(3, Tick), "the-child")))
            .Orchestrator<string>("Child", context =>
                ++attempts < 3 ? throw new InvalidOperationException("not yet") : Task.FromResult(context.InstanceId)));

        Assert.Equal("the-child", (await app.RunAsync("Parent")).ReadOutputAs<string>());
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task Goes_on_retrying_after_a_restart()
    {
        var attempts = 0;
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Caller", async context =>
            {
                context.SetCustomStatus("calling");
                return await context.CallActivityAsync<string>("Stumbles", TaskOptions.FromRetryPolicy(new RetryPolicy(9, TimeSpan.FromMilliseconds(100))));
            })
            .Activity<object?, string>("Stumbles", _ =>
                Interlocked.Increment(ref attempts) < 4 ? throw new InvalidOperationException("not yet") : "stood"));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Caller", TestContext.Current.CancellationToken);
        await app.ReachedAsync(id, "calling");

        await app.RestartAsync();

        Assert.Equal("stood", (await app.EndAsync(id)).ReadOutputAs<string>());
        Assert.InRange(attempts, 4, 5);
    }

    /// <summary>Calls an activity that succeeds at one attempt and fails at all before.</summary>
    /// <returns>How the call ended, how many attempts it took, and the pauses between them in milliseconds.</returns>
    private static async Task<(string? Ended, int Attempts, int[] Pauses)> CallAsync(TaskOptions options, int succeedAt)
    {
        var attempts = 0;
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Caller", async context =>
            {
                try
                {
                    return await context.CallActivityAsync<string>("Stumbles", options);
                }
                catch (TaskFailedException)
                {
                    return "failed";
                }
            })
            .Activity<object?, string>("Stumbles", _ =>
                ++attempts < succeedAt ? throw new InvalidOperationException($"attempt {attempts}") : "succeeded"));
        var ended = await app.RunAsync("Caller");
        var history = await app.Engine.GetHistoryAsync(ended.InstanceId, TestContext.Current.CancellationToken);
        var pauses = history!.Where(record => record.EventType == "TimerCreated")
            .Select(record => (int)Math.Round(((DateTime)record.Fields["FireAt"]! - record.Timestamp).TotalMilliseconds));
        return (ended.ReadOutputAs<string>(), attempts, [.. pauses]);
    }
}
