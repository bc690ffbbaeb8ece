using System.Text.Json;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BuilderDrFunctions.Tests.Durability;

public sealed class OperationStarterTests
{
    private const string Lock = "dr-main";
    private const string Earlier = "restore-20261128T020000Z-main-1a2b";
    private static readonly OperationId Next = OperationId.TryParse("restore-20261128T030000Z-main-3c4d")!;
    private static readonly OperationStarter Starter = new(NullLogger<OperationStarter>.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_saw_an_operation_end_may_start_the_next_though_its_lock_is_just_being_released()
    {
        var runs = Held(OrchestrationRuntimeStatus.Failed);
        runs.Awaits = id => runs.Put(id, Watched.Start, OrchestrationRuntimeStatus.Failed);

        Assert.Null(await Starter.TryStartAsync(runs, Next, "Any", new { }, "test", Token));

        Assert.Equal([Lock], runs.Started.Keys, StringComparer.Ordinal);
    }

    [Fact]
    public async Task An_operation_that_runs_is_not_waited_for()
    {
        var runs = Held(OrchestrationRuntimeStatus.Running);

        Assert.Equal(Earlier, await Starter.TryStartAsync(runs, Next, "Any", new { }, "test", Token));

        Assert.Empty(runs.Started);
    }

    [Fact]
    public async Task A_lock_that_stays_is_told_as_the_operation_that_holds_it()
    {
        var runs = Held(OrchestrationRuntimeStatus.Completed);
        runs.Awaits = _ => throw new OperationCanceledException("the store is slow");

        Assert.Equal(Earlier, await Starter.TryStartAsync(runs, Next, "Any", new { }, "test", Token));

        Assert.Empty(runs.Started);
    }

    private static FakeRuns Held(OrchestrationRuntimeStatus operation)
    {
        var runs = new FakeRuns();
        runs.Put(Lock, Watched.Start, OrchestrationRuntimeStatus.Running, input: new SiteOperation(Earlier, "main", "Any", JsonSerializer.SerializeToElement(new { })));
        runs.Put(Earlier, Watched.Start, operation);
        return runs;
    }
}
