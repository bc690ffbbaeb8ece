using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 2, starting and waiting.</summary>
public sealed class ClientTests
{
    private static readonly FunctionTable App = new FunctionTable()
        .Orchestrator<string?, string?>("Echo", (_, input) => Task.FromResult(input))
        .Orchestrator<string>("Waits", context => context.WaitForExternalEvent<string>("go"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Makes_up_an_id_of_32_hexadecimal_digits()
    {
        await using var app = await EngineHarness.StartAsync(App);

        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Echo", Cancel);

        Assert.True(Guid.TryParseExact(id, "N", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@x")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a#b")]
    [InlineData("a?b")]
    [InlineData("a\tb")]
    [InlineData("a\u0085b")]
    public async Task Refuses_an_id_that_breaks_the_rule(string id)
    {
        await using var app = await EngineHarness.StartAsync(App);

        await Assert.ThrowsAsync<ArgumentException>(() =>
            app.Client.ScheduleNewOrchestrationInstanceAsync("Echo", new StartOrchestrationOptions(id), Cancel));
    }

    [Fact]
    public async Task Takes_an_id_of_256_characters_and_not_of_257()
    {
        await using var app = await EngineHarness.StartAsync(App);

        await app.RunAsync("Echo", "x", new StartOrchestrationOptions(new string('i', 256)));

        await Assert.ThrowsAsync<ArgumentException>(() => app.RunAsync("Echo", "x", new StartOrchestrationOptions(new string('i', 257))));
    }

    [Fact]
    public async Task Refuses_an_empty_orchestrator_name()
    {
        await using var app = await EngineHarness.StartAsync(App);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => app.Client.ScheduleNewOrchestrationInstanceAsync("", Cancel));
    }

    [Fact]
    public async Task Refuses_to_start_a_live_id_again()
    {
        await using var app = await EngineHarness.StartAsync(App);
        await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("lock"), Cancel);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() =>
            app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("lock"), Cancel));
    }

    [Fact]
    public async Task Replaces_an_ended_instance_of_the_same_id()
    {
        await using var app = await EngineHarness.StartAsync(App);
        await app.RunAsync("Echo", "first", new StartOrchestrationOptions("again"));

        var second = await app.RunAsync("Echo", "second", new StartOrchestrationOptions("again"));

        Assert.Equal("second", second.ReadOutputAs<string>());
        Assert.Single((await app.Engine.GetHistoryAsync("again", Cancel))!, record => record.EventType == "ExecutionStarted");
    }

    [Fact]
    public async Task Lets_exactly_one_of_a_hundred_concurrent_starts_win()
    {
        await using var app = await EngineHarness.StartAsync(App);

        var starts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(async () =>
        {
            try
            {
                await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("one"), Cancel);
                return 1;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                return 0;
            }
        })));

        Assert.Equal(1, starts.Sum());
    }

    [Fact]
    public async Task Stops_waiting_when_the_token_is_cancelled()
    {
        await using var app = await EngineHarness.StartAsync(App);
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(30));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => app.Client.WaitForInstanceCompletionAsync(id, soon.Token));
    }

    [Fact]
    public async Task Does_nothing_when_the_token_is_cancelled_beforehand()
    {
        await using var app = await EngineHarness.StartAsync(App);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            app.Client.ScheduleNewOrchestrationInstanceAsync("Echo", new StartOrchestrationOptions("x"), new CancellationToken(canceled: true)));

        Assert.Null(await app.Client.GetInstanceAsync("x", Cancel));
    }

    [Fact]
    public async Task Waits_for_an_instance_that_is_started_later()
    {
        await using var app = await EngineHarness.StartAsync(App);

        var waiting = app.Client.WaitForInstanceCompletionAsync("future", Cancel);
        await app.RunAsync("Echo", "x", new StartOrchestrationOptions("future"));

        Assert.True((await waiting).IsCompleted);
    }

    [Fact]
    public async Task Returns_null_for_an_instance_that_is_not_there()
    {
        await using var app = await EngineHarness.StartAsync(App);

        Assert.Null(await app.Client.GetInstanceAsync("nobody", Cancel));
    }

    [Fact]
    public async Task Reads_data_only_when_it_was_asked_for()
    {
        await using var app = await EngineHarness.StartAsync(App);
        var ended = await app.RunAsync("Echo", "text");

        var bare = (await app.Client.GetInstanceAsync(ended.InstanceId, Cancel))!;

        Assert.Equal("text", ended.ReadInputAs<string>());
        Assert.Null(bare.SerializedOutput);
        Assert.Throws<InvalidOperationException>(() => bare.ReadOutputAs<string>());
        Assert.Throws<InvalidOperationException>(() => bare.ReadInputAs<string>());
        Assert.Throws<InvalidOperationException>(() => bare.ReadCustomStatusAs<string>());
    }

    [Fact]
    public async Task Tells_when_an_instance_was_made_and_changed()
    {
        await using var app = await EngineHarness.StartAsync(App);
        var before = DateTimeOffset.UtcNow;

        var ended = await app.RunAsync("Echo");

        Assert.InRange(ended.CreatedAt, before, DateTimeOffset.UtcNow);
        Assert.InRange(ended.LastUpdatedAt, ended.CreatedAt, DateTimeOffset.UtcNow);
        Assert.Equal(TimeSpan.Zero, ended.CreatedAt.Offset);
    }
}
