using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.SecondCopy;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BuilderDrFunctions.Tests.Backup;

public sealed class AfterCommitTests
{
    private static readonly BackupOrder Order = new("backup-20261122T020000Z-main-1a2b", "main", "20261122T020000Z-nightly-1a2b", null) { Expires = true };

    [Fact]
    public async Task A_cancel_during_the_second_copy_reaches_it_and_keeps_old_sets_from_expiring()
    {
        var context = new Context();
        var scope = new OperationScope(context);
        var copy = AfterCommit.CopyAsync(context, scope, Order, NullLogger.Instance);
        Assert.False(copy.IsCompleted);

        context.Cancel.SetResult("enough");
        // The activities at work see it in the operation's status, and end.
        await context.CancelShown.Task.WaitAsync(TestContext.Current.CancellationToken);
        context.Copying.SetException(Failure("DR1020: the operation was canceled by an operator\nHINT: nothing is left to do"));
        var outcome = await copy;
        var expiry = await AfterCommit.ExpireAsync(context, scope, Order, inCopy: false, NullLogger.Instance);

        Assert.StartsWith("DR1020: ", outcome.Problem, StringComparison.Ordinal);
        Assert.Contains("the set is committed all the same", outcome.Problem, StringComparison.Ordinal);
        Assert.StartsWith("DR1020: ", Assert.Single(expiry.Problems), StringComparison.Ordinal);
        Assert.Equal([nameof(SecondCopyOrchestrator)], context.Begun);
    }

    [Fact]
    public async Task A_cancel_that_comes_when_both_are_done_changes_nothing()
    {
        var context = new Context();
        var scope = new OperationScope(context);
        context.Copying.SetResult(new SecondCopyReceipt(1, 2, 3));
        var copy = await AfterCommit.CopyAsync(context, scope, Order, NullLogger.Instance);
        var expiry = await AfterCommit.ExpireAsync(context, scope, Order, inCopy: false, NullLogger.Instance);

        Assert.Equal(new CopyOutcome(1, 2, 3, Problem: null), copy);
        Assert.Empty(expiry.Problems);
    }

    private static TaskFailedException Failure(string message) => new(
        nameof(SecondCopyOrchestrator), 1, new TaskFailureDetails("fault", message, null, null, null));

    /// <summary>Runs two sub-orchestrations as a test tells it to.</summary>
    private sealed class Context : TaskOrchestrationContext
    {
        public TaskCompletionSource<string> Cancel { get; } = new();

        public TaskCompletionSource CancelShown { get; } = new();

        public TaskCompletionSource<SecondCopyReceipt> Copying { get; } = new();

        public List<string> Begun { get; } = [];

        public override TaskName Name => nameof(BackupOrchestrator);

        public override string InstanceId => Order.OperationId;

        public override ParentOrchestrationInstance? Parent => null;

        public override DateTime CurrentUtcDateTime => DateTime.UnixEpoch;

        public override bool IsReplaying => false;

        protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

        public override async Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
        {
            Begun.Add(orchestratorName.Name);
            object result = orchestratorName.Name == nameof(SecondCopyOrchestrator)
                ? await Copying.Task.WaitAsync(TestContext.Current.CancellationToken)
                : new ExpireReceipt("main", false, [], 0, 0, 0, 0, []);
            return (TResult)result;
        }

        public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) =>
            eventName == OperationScope.CancelEvent ? (Task<T>)(object)Cancel.Task : new TaskCompletionSource<T>().Task;

        public override void SetCustomStatus(object? customStatus)
        {
            if (customStatus is OperationStatus { CancelRequested: true })
            {
                CancelShown.TrySetResult();
            }
        }

        public override T? GetInput<T>()
            where T : default => throw new NotSupportedException();

        public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) => throw new NotSupportedException();

        public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => throw new NotSupportedException();

        public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

        public override Guid NewGuid() => throw new NotSupportedException();
    }
}
