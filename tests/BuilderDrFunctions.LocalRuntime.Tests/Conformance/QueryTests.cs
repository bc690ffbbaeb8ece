using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference section 2, listing and purging.</summary>
public sealed class QueryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_every_instance()
    {
        await using var app = await SomeInstancesAsync();

        Assert.Equal(["done-1", "done-2", "done-3", "failed", "waits"], await IdsAsync(app, new OrchestrationQuery()));
    }

    [Fact]
    public async Task Lists_by_status()
    {
        await using var app = await SomeInstancesAsync();

        Assert.Equal(["failed"], await IdsAsync(app, new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Failed])));
        Assert.Equal(
            ["failed", "waits"],
            await IdsAsync(app, new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Running])));
        Assert.Empty(await IdsAsync(app, new OrchestrationQuery(Statuses: [])));
    }

    [Fact]
    public async Task Lists_by_prefix_and_takes_it_literally()
    {
        await using var app = await SomeInstancesAsync();

        Assert.Equal(["done-1", "done-2", "done-3"], await IdsAsync(app, new OrchestrationQuery(InstanceIdPrefix: "done-")));
        Assert.Empty(await IdsAsync(app, new OrchestrationQuery(InstanceIdPrefix: "done%")));
        Assert.Empty(await IdsAsync(app, new OrchestrationQuery(InstanceIdPrefix: "DONE")));
    }

    [Fact]
    public async Task Lists_by_time_of_creation()
    {
        await using var app = await SomeInstancesAsync();
        var middle = (await app.Client.GetInstanceAsync("done-2", Cancel))!.CreatedAt;

        Assert.Contains("done-1", await IdsAsync(app, new OrchestrationQuery(CreatedTo: middle)));
        Assert.DoesNotContain("done-3", await IdsAsync(app, new OrchestrationQuery(CreatedTo: middle)));
        Assert.Equal(["done-2", "done-3", "failed", "waits"], await IdsAsync(app, new OrchestrationQuery(CreatedFrom: middle)));
    }

    [Fact]
    public async Task Lists_page_by_page_and_continues_where_a_page_ended()
    {
        await using var app = await SomeInstancesAsync();

        var pages = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in app.Client.GetAllInstancesAsync(new OrchestrationQuery(PageSize: 2)).AsPages())
        {
            pages.Add(page);
        }

        Assert.Equal([2, 2, 1], pages.Select(page => page.Values.Count));
        Assert.Null(pages[^1].ContinuationToken);
        Assert.Equal(
            ["done-3", "failed", "waits"], await IdsAsync(app, new OrchestrationQuery(ContinuationToken: pages[0].ContinuationToken)));
    }

    [Fact]
    public async Task Lists_data_only_when_it_was_asked_for()
    {
        await using var app = await SomeInstancesAsync();

        await foreach (var instance in app.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "done", FetchInputsAndOutputs: true)))
        {
            Assert.Equal(1, instance.ReadOutputAs<int>());
        }

        await foreach (var instance in app.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "done")))
        {
            Assert.Null(instance.SerializedOutput);
        }
    }

    [Fact]
    public async Task Purges_an_ended_instance_with_its_history()
    {
        await using var app = await SomeInstancesAsync();

        var purged = await app.Client.PurgeInstanceAsync("done-1", Cancel);

        Assert.Equal(1, purged.PurgedInstanceCount);
        Assert.Null(await app.Client.GetInstanceAsync("done-1", Cancel));
        Assert.Null(await app.Engine.GetHistoryAsync("done-1", Cancel));
    }

    [Fact]
    public async Task Does_not_purge_a_live_or_missing_instance()
    {
        await using var app = await SomeInstancesAsync();

        Assert.Equal(0, (await app.Client.PurgeInstanceAsync("waits", Cancel)).PurgedInstanceCount);
        Assert.Equal(0, (await app.Client.PurgeInstanceAsync("nobody", Cancel)).PurgedInstanceCount);
        Assert.NotNull(await app.Client.GetInstanceAsync("waits", Cancel));
    }

    [Fact]
    public async Task Purges_what_a_filter_matches()
    {
        await using var app = await SomeInstancesAsync();

        var failed = await app.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(Statuses: [OrchestrationRuntimeStatus.Failed]), Cancel);
        var future = await app.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(CreatedFrom: DateTimeOffset.UtcNow.AddHours(1)), Cancel);
        var rest = await app.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(), Cancel);

        Assert.Equal([1, 0, 3], [failed.PurgedInstanceCount, future.PurgedInstanceCount, rest.PurgedInstanceCount]);
        Assert.Equal(["waits"], await IdsAsync(app, new OrchestrationQuery()));
    }

    [Fact]
    public async Task Purges_children_only_when_told_to()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync("Child", null, new SubOrchestrationOptions(instanceId: "child")))
            .Orchestrator("Child", _ => Task.CompletedTask));
        await app.RunAsync("Parent", start: new StartOrchestrationOptions("parent"));
        await app.Client.PurgeInstanceAsync("parent", Cancel);
        Assert.NotNull(await app.Client.GetInstanceAsync("child", Cancel));
        await app.RunAsync("Parent", start: new StartOrchestrationOptions("parent"));

        var purged = await app.Client.PurgeInstanceAsync("parent", new PurgeInstanceOptions(Recursive: true), Cancel);

        Assert.Equal(2, purged.PurgedInstanceCount);
        Assert.Null(await app.Client.GetInstanceAsync("child", Cancel));
    }

    [Fact]
    public async Task Shows_the_history_in_the_order_of_what_happened()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<string>("Steps", async context =>
            {
                await context.CallActivityAsync("Nothing", "in");
                await context.CreateTimer(TimeSpan.FromMilliseconds(5), CancellationToken.None);
                await context.CallSubOrchestratorAsync("Child", null, new SubOrchestrationOptions(instanceId: "child"));
                return await context.WaitForExternalEvent<string>("go");
            })
            .Orchestrator("Child", _ => Task.CompletedTask)
            .Activity<string, int>("Nothing", _ => 7));
        await app.Client.ScheduleNewOrchestrationInstanceAsync("Steps", "data", new StartOrchestrationOptions("shown"), Cancel);
        await app.Client.RaiseEventAsync("shown", "go", "on", Cancel);
        await app.EndAsync("shown");

        var history = (await app.Engine.GetHistoryAsync("shown", Cancel))!
            .Where(record => record.EventType is not ("OrchestratorStarted" or "EventRaised")).ToList();

        Assert.Equal(
            [
                "ExecutionStarted", "TaskScheduled", "TaskCompleted", "TimerCreated", "TimerFired", "SubOrchestrationInstanceCreated",
                "SubOrchestrationInstanceCompleted", "ExecutionCompleted",
            ],
            history.Select(record => record.EventType));
        Assert.Equal("\"data\"", (string?)history[0].Fields["Input"]);
        Assert.Equal("\"in\"", (string?)history[1].Fields["Input"]);
        Assert.Equal("7", (string?)history[2].Fields["Result"]);
        Assert.Equal(history[1].EventId, history[2].CauseId);
        Assert.Equal("child", (string?)history[5].Fields["InstanceId"]);
        Assert.Equal("Completed", (string?)history[7].Fields["OrchestrationStatus"]);
        Assert.Equal("\"on\"", (string?)history[7].Fields["Result"]);
    }

    private static async Task<EngineHarness> SomeInstancesAsync()
    {
        var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Done", _ => Task.FromResult(1))
            .Orchestrator("Fails", _ => throw new InvalidOperationException("broke"))
            .Orchestrator("Waits", context => context.WaitForExternalEvent<string>("go")));
        foreach (var id in new[] { "done-1", "done-2", "done-3" })
        {
            await app.RunAsync("Done", start: new StartOrchestrationOptions(id));
        }

        await app.RunAsync("Fails", start: new StartOrchestrationOptions("failed"));
        await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("waits"), Cancel);
        await app.Client.WaitForInstanceStartAsync("waits", Cancel);
        return app;
    }

    private static async Task<List<string>> IdsAsync(EngineHarness app, OrchestrationQuery query)
    {
        var ids = new List<string>();
        await foreach (var instance in app.Client.GetAllInstancesAsync(query))
        {
            ids.Add(instance.InstanceId);
        }

        return ids;
    }
}
