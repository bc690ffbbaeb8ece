using System.Collections.Concurrent;
using BuilderDrFunctions.LocalRuntime.Durable;
using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 1, replay rules and deterministic help.</summary>
public sealed class OrchestratorCodeTests
{
    private const string IllegalAwait = "An invalid asynchronous invocation was detected. This can be caused by awaiting non-durable tasks "
        + "in an orchestrator function's implementation or by middleware that invokes asynchronous code.";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Knows_its_name_id_and_input()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Me", context => Task.FromResult($"{context.Name} {context.InstanceId} {context.GetInput<int>()}")));

        var ended = await app.RunAsync("Me", 5, new StartOrchestrationOptions("mine"));

        Assert.Equal("Me mine 5", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Reads_a_missing_input_as_the_default()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Me", context => Task.FromResult(context.GetInput<int>())));

        Assert.Equal(0, (await app.RunAsync("Me")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Sees_the_same_times_and_guids_at_every_replay()
    {
        var seen = new ConcurrentDictionary<string, byte>();
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator<int>("Steps", async context =>
                {
                    for (var step = 0; step < 4; step++)
                    {
                        seen.TryAdd($"{step} {context.CurrentUtcDateTime:o} {context.NewGuid()} {context.NewGuid()}", 0);
                        await context.CallActivityAsync("Nothing");
                    }

                    return seen.Count;
                })
                .Activity<object?, int>("Nothing", _ => 0),
            options => options with { KeepInMemory = TimeSpan.Zero });

        Assert.Equal(4, (await app.RunAsync("Steps")).ReadOutputAs<int>());
    }

    [Fact]
    public void Makes_the_guids_that_the_clouds_runtime_makes()
    {
        var time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

        Assert.Equal(Rfc9562("9e952958-5e33-4daf-827f-2fa12937b875", "abc_2026-01-02T03:04:05.0000000Z_0"), DeterministicGuid.Create("abc", time, 0));
        Assert.NotEqual(DeterministicGuid.Create("abc", time, 0), DeterministicGuid.Create("abc", time, 1));
        Assert.Equal(5, DeterministicGuid.Create("abc", time, 0).Version);
    }

    [Fact]
    public async Task Logs_each_line_once_however_often_it_replays()
    {
        var log = new LineLog();
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator("Steps", async context =>
                {
#pragma warning disable CA1848, CA2254 // a test's own lines
                    var logger = context.CreateReplaySafeLogger("App");
                    logger.LogInformation("begin");
                    await context.CallActivityAsync("Nothing");
                    context.CreateReplaySafeLogger<OrchestratorCodeTests>().LogInformation("middle");
                    await context.CallActivityAsync("Nothing");
                    context.ReplaySafeLoggerFactory.CreateLogger("Other").LogInformation("end");
#pragma warning restore CA1848, CA2254
                })
                .Activity<object?, int>("Nothing", _ => 0),
            options => options with { KeepInMemory = TimeSpan.Zero },
            log);

        await app.RunAsync("Steps");

        Assert.Equal(["begin", "middle", "end"], log.Lines);
    }

    [Fact]
    public async Task Is_replaying_only_while_old_history_is_played()
    {
        var seen = new ConcurrentQueue<string>();
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable()
                .Orchestrator("Steps", async context =>
                {
                    seen.Enqueue($"before {context.IsReplaying}");
                    await context.CallActivityAsync("Nothing");
                    seen.Enqueue($"after {context.IsReplaying}");
                })
                .Activity<object?, int>("Nothing", _ => 0),
            options => options with { KeepInMemory = TimeSpan.Zero });

        await app.RunAsync("Steps");

        Assert.Equal(["before False", "before True", "after False"], seen);
    }

    [Theory]
    [InlineData("delay")]
    [InlineData("run")]
    [InlineData("configure")]
    [InlineData("forever")]
    [InlineData("mixed")]
    public async Task Fails_an_orchestrator_that_awaits_something_else(string what)
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Strays", async context =>
            {
                context.SetCustomStatus("here");
                switch (what)
                {
                    case "delay":
                        await Task.Delay(20);
                        break;
                    case "run":
                        await Task.Run(() => Thread.Sleep(20));
                        break;
                    case "configure":
                        await context.CallActivityAsync("Nothing").ConfigureAwait(false);
                        break;
                    case "forever":
                        await new TaskCompletionSource().Task;
                        break;
                    case "mixed":
                        await Task.WhenAny(context.WaitForExternalEvent<string>("never"), Task.Delay(20));
                        break;
                }

                await context.CallActivityAsync("Nothing");
            })
            .Activity<object?, int>("Nothing", _ => 0));

        var ended = await app.RunAsync("Strays");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal("\"here\"", ended.SerializedCustomStatus);
        Assert.Equal(typeof(InvalidOperationException).FullName, ended.FailureDetails!.ErrorType);
        Assert.Equal(IllegalAwait, ended.FailureDetails.ErrorMessage);
    }

    [Theory]
    [InlineData("other activity", "call #0 of activity 'First'", "call #0 of activity 'Other'")]
    [InlineData("other kind", "call #0 of activity 'First'", "timer #0")]
    [InlineData("no call", "call #0 of activity 'First'", "no call")]
    [InlineData("more calls", "expects no further call", "call #1 of activity 'Other'")]
    public async Task Fails_an_orchestrator_whose_calls_differ_from_its_history(string change, string expected, string found)
    {
        static FunctionTable App(string change) => new FunctionTable()
            .Orchestrator("Steps", async context =>
            {
                var first = change switch
                {
                    "other activity" => context.CallActivityAsync("Other"),
                    "other kind" => context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None),
                    "no call" => Task.CompletedTask,
                    _ => context.CallActivityAsync("First"),
                };
                if (change == "more calls")
                {
                    _ = context.CallActivityAsync("Other");
                }

                await first;
                context.SetCustomStatus("waiting");
                await context.WaitForExternalEvent<string>("go");
            })
            .Activity<object?, int>("First", _ => 0)
            .Activity<object?, int>("Other", _ => 0);
        await using var app = await EngineHarness.StartAsync(App("nothing"));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Steps", Cancel);
        await app.ReachedAsync(id, "waiting");

        await app.RestartAsync(App(change));
        await app.Client.RaiseEventAsync(id, "go", "", Cancel);

        var ended = await app.EndAsync(id);
        var failure = ended.FailureDetails!;
        Assert.Equal("\"waiting\"", ended.SerializedCustomStatus);
        Assert.Equal("DurableTask.Core.Exceptions.NonDeterministicOrchestrationException", failure.ErrorType);
        Assert.Contains(expected, failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains(found, failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("event ", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fails_when_its_output_cannot_be_serialized()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<Action>("Pointer", _ => Task.FromResult<Action>(() => { })));

        var ended = await app.RunAsync("Pointer");

        Assert.Equal(typeof(NotSupportedException).FullName, ended.FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task Fails_when_the_orchestrator_does_not_exist()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable());

        var ended = await app.RunAsync("Nowhere");

        Assert.Equal("OrchestratorTaskNotFound: No orchestrator task named 'Nowhere' was found.", ended.FailureDetails!.ToString());
    }

    [Fact]
    public async Task Fails_with_what_it_throws_before_its_first_await()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Throws", _ => throw new InvalidOperationException("no site", new IOException("inner"))));

        var ended = await app.RunAsync("Throws");

        Assert.Equal("System.InvalidOperationException: no site", ended.FailureDetails!.ToString());
        Assert.Equal("System.IO.IOException: inner", ended.FailureDetails.InnerFailure!.ToString());
        Assert.Contains("at ", ended.FailureDetails.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fails_alone_when_code_it_does_not_await_throws()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Strays", async context =>
            {
                Stray(context);
                await context.WaitForExternalEvent<string>("never");
            })
            .Orchestrator<int>("Quick", _ => Task.FromResult(1))
            .Activity<object?, int>("Nothing", _ => 0));

        var ended = await app.RunAsync("Strays");

        Assert.Equal("stray", ended.FailureDetails!.ErrorMessage);
        Assert.Equal(1, (await app.RunAsync("Quick")).ReadOutputAs<int>());

#pragma warning disable VSTHRD100, MA0155, S3168 // async void is what is tested
        static async void Stray(TaskOrchestrationContext context)
#pragma warning restore VSTHRD100, MA0155, S3168
        {
            await context.CallActivityAsync("Nothing");
            throw new InvalidOperationException("stray");
        }
    }

    [Fact]
    public async Task Shows_its_custom_status_while_it_runs_and_after()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator("Tells", async context =>
        {
            context.SetCustomStatus(new { Step = 1 });
            await context.WaitForExternalEvent<string>("go");
            context.SetCustomStatus(new { Step = 2 });
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Tells", Cancel);
        await EngineHarness.UntilAsync(async () =>
            (await app.Client.GetInstanceAsync(id, true, Cancel))!.SerializedCustomStatus == """{"Step":1}""");

        await app.Client.RaiseEventAsync(id, "go", "", Cancel);

        Assert.Equal("""{"Step":2}""", (await app.EndAsync(id)).SerializedCustomStatus);
    }

    [Fact]
    public async Task Keeps_its_custom_status_over_a_restart()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator("Tells", async context =>
        {
            context.SetCustomStatus("here");
            await context.WaitForExternalEvent<string>("go");
        }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Tells", Cancel);
        await app.ReachedAsync(id, "here");

        await app.RestartAsync();
        await app.Client.RaiseEventAsync(id, "go", "", Cancel);

        Assert.Equal("\"here\"", (await app.EndAsync(id)).SerializedCustomStatus);
    }

    [Fact]
    public async Task Refuses_a_custom_status_of_more_than_16_KB()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int, string>("Tells", (context, length) =>
            {
                context.SetCustomStatus(new string('x', length));
                return Task.FromResult("told");
            }));

        Assert.Equal("told", (await app.RunAsync("Tells", (8 * 1024) - 2)).ReadOutputAs<string>());
        Assert.Equal(typeof(ArgumentException).FullName, (await app.RunAsync("Tells", (8 * 1024) - 1)).FailureDetails!.ErrorType);
    }

    /// <summary>The definition of version 5, worked out over the text form rather than over bytes.</summary>
    private static Guid Rfc9562(string space, string name)
    {
        var prefix = Convert.FromHexString(space.Replace("-", "", StringComparison.Ordinal));
#pragma warning disable CA5350
        var hex = Convert.ToHexString(System.Security.Cryptography.SHA1.HashData([.. prefix, .. System.Text.Encoding.UTF8.GetBytes(name)]));
#pragma warning restore CA5350
        var variant = "89AB"[Convert.ToInt32(hex[16].ToString(), 16) & 3];
        return Guid.ParseExact(hex[..12] + "5" + hex[13..16] + variant + hex[17..32], "N");
    }

    private sealed class LineLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("BuilderDrFunctions.LocalRuntime.Durable", StringComparison.Ordinal)
                ? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance
                : this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
            // holds nothing
        }
    }
}
