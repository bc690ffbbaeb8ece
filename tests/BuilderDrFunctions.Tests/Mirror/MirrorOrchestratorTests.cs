using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Tests.Durability;
using Microsoft.DurableTask;
using Xunit;

namespace BuilderDrFunctions.Tests.Mirror;

public sealed class MirrorOrchestratorTests
{
    private const int HistoryEventBytes = 400;
    private static readonly MirrorOrder Order = new("main", "backup-20261122T020000Z-main-1a2b", MirrorPass.Warm, "base", "result", null);
    private static readonly MirrorReceipt Settled = new("result", new string('0', 64), 1, new InventoryCounts(), new BatchReceipt());

    [Fact]
    public async Task Keeps_a_window_of_batches_under_way_and_its_history_small_for_a_million_objects()
    {
        var plan = PlanOf(batches: 2000, window: 8);
        var (order, seen, generations, finish) = (Order, new HashSet<int>(), 0, (MirrorReceipt?)null);
        while (finish is null)
        {
            var context = new Context(plan, batch => new BatchReceipt(500, 10_000_000, 500, 10_000_000));
            var result = await MirrorOrchestrator.RunAsync(context, order);
            generations++;
            Assert.True(seen.Intersect(context.Batches).Any() is false, "a batch was asked for twice");
            seen.UnionWith(context.Batches);
            Assert.InRange(context.MostAtOnce, 1, 8);
            Assert.True(context.HistoryBytes < 1_000_000, $"{context.HistoryBytes} bytes of history");
            Assert.All(context.InputBytes, bytes => Assert.InRange(bytes, 1, 1024));
            (order, finish) = context.Next is null ? (order, result) : (context.Next, null);
        }

        Assert.Equal(Enumerable.Range(1, 2000), seen.Order());
        Assert.Equal(10, generations);
        Assert.Equal(Settled, finish);
    }

    [Fact]
    public async Task Reports_progress_to_the_operation_no_more_than_about_a_hundred_times()
    {
        var context = new Context(PlanOf(batches: 150, window: 4), batch => new BatchReceipt(500, 10_000_000, 500, 10_000_000));
        await MirrorOrchestrator.RunAsync(context, Order);
        Assert.InRange(context.Events.Count, 75, 151);
        Assert.All(context.Events, sent => Assert.Equal((Order.OperationId, StepProgress.EventName), (sent.Instance, sent.Name)));
        Assert.Equal(100, context.Events[^1].Progress.Percent);
    }

    [Fact]
    public async Task Lets_the_batches_under_way_end_before_a_failure_is_passed_on()
    {
        var context = new Context(PlanOf(batches: 50, window: 4), _ => new BatchReceipt()) { FailsAt = 10 };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => MirrorOrchestrator.RunAsync(context, Order));
        Assert.Equal("batch 10", error.Message);
        Assert.Equal(0, context.AtOnce);
        Assert.InRange(context.Batches.Count, 9, 12);
    }

    [Fact]
    public async Task Settles_at_once_when_nothing_changed()
    {
        var context = new Context(PlanOf(batches: 0, window: 4), _ => throw new InvalidOperationException("no batch was planned"));
        Assert.Equal(Settled, await MirrorOrchestrator.RunAsync(context, Order));
    }

    [Fact]
    public async Task Leaves_the_settling_for_later_when_asked_to_and_then_does_nothing_else()
    {
        var plan = PlanOf(batches: 450, window: 8);
        var (order, fetched) = (Order with { FetchOnly = true }, (MirrorReceipt?)null);
        while (fetched is null)
        {
            var context = new Context(plan, _ => new BatchReceipt(500, 10_000_000, 500, 10_000_000)) { MaySettle = false };
            var result = await MirrorOrchestrator.RunAsync(context, order);
            (order, fetched) = context.Next is null ? (order, result) : (context.Next, null);
        }

        Assert.Equal((plan, 450 * 500L), (fetched.Plan, fetched.Transfer.Fetched));
        var later = new Context(plan, _ => throw new InvalidOperationException("it was fetched already"));
        Assert.Equal(
            Settled, await MirrorOrchestrator.RunAsync(later, Order with { Plan = fetched.Plan, BatchesDone = plan.Batches, Done = fetched.Transfer }));
        Assert.Single(later.InputBytes);
    }

    private static MirrorPlan PlanOf(int batches, int window)
        => new("sites/main/runs/backup-20261122T020000Z-main-1a2b/mirror/warm/0123456789abcdef0123456789abcdef/", batches, 1_000_000, 20_000_000_000, batches * 500L, batches * 10_000_000L, window);

    /// <summary>Answers the mirror's activities and keeps account of what a history would hold.</summary>
    private sealed class Context(MirrorPlan plan, Func<int, BatchReceipt> fetch) : FakeOrchestration
    {
        private readonly Lock _lock = new();

        public List<int> Batches { get; } = [];

        public List<(string Instance, string Name, StepProgress Progress)> Events { get; } = [];

        public List<int> InputBytes { get; } = [];

        public int AtOnce { get; private set; }

        public int MostAtOnce { get; private set; }

        public long HistoryBytes { get; private set; }

        public MirrorOrder? Next { get; private set; }

        public bool MaySettle { get; init; } = true;

        /// <summary>The batch that fails the moment it is begun, so that those begun before it are all that can still end before that is seen.</summary>
        public int? FailsAt { get; init; }

        public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
        {
            Assert.Same(Retries.Transient, options);
            if (input is FetchOrder { Batch: var begun } && begun == FailsAt)
            {
                throw new InvalidOperationException($"batch {begun}");
            }

            lock (_lock)
            {
                InputBytes.Add(Keep(input));
                AtOnce++;
                MostAtOnce = Math.Max(MostAtOnce, AtOnce);
            }

            await Task.Yield();
            lock (_lock)
            {
                AtOnce--;
                object result = input switch
                {
                    MirrorOrder => plan,
                    FetchOrder order => Fetch(order.Batch),
                    SettleOrder when MaySettle => Settled,
                    _ => throw new InvalidOperationException($"activity {name} is not the mirror's"),
                };
                Keep(result);
                return (TResult)result;
            }
        }

        public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => Next = (MirrorOrder?)newInput;

        public override void SendEvent(string instanceId, string eventName, object payload)
        {
            lock (_lock)
            {
                Keep(payload);
            }

            Events.Add((instanceId, eventName, (StepProgress)payload));
        }

        public override void SetCustomStatus(object? customStatus) => Assert.NotNull(customStatus);

        private BatchReceipt Fetch(int batch)
        {
            Batches.Add(batch);
            return fetch(batch);
        }

        /// <summary>The size of an event that holds this.</summary>
        private int Keep(object? payload)
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(payload).Length;
            HistoryBytes += bytes + HistoryEventBytes;
            return bytes;
        }
    }
}
