using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.SecondCopy;
using BuilderDrFunctions.Tests.Durability;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BuilderDrFunctions.Tests.Backup;

public sealed class AfterCommitTests
{
    private static readonly BackupOrder Order = new("backup-20261122T020000Z-main-1a2b", "main", "20261122T020000Z-nightly-1a2b", null) { Expires = true };

    private readonly FakeOrchestration context = new();
    private readonly TaskCompletionSource<object> copying;

    public AfterCommitTests()
    {
        copying = context.Hold(nameof(SecondCopyOrchestrator));
        context.Answer(nameof(ExpireOrchestrator), new ExpireReceipt("main", false, [], 0, 0, 0, 0, []));
    }

    [Fact]
    public async Task A_cancel_during_the_second_copy_reaches_it_and_keeps_old_sets_from_expiring()
    {
        var scope = new OperationScope(context);
        var copy = AfterCommit.CopyAsync(context, scope, Order, NullLogger.Instance);
        Assert.False(copy.IsCompleted);

        context.Cancel.SetResult("enough");
        // The activities at work see it in the operation's status, and end.
        Assert.True(context.Status!.CancelRequested);
        copying.SetException(FakeOrchestration.Failure(nameof(SecondCopyOrchestrator), "DR1020: the operation was canceled by an operator\nHINT: nothing is left to do"));
        var outcome = await copy;
        var expiry = await AfterCommit.ExpireAsync(context, scope, Order, inCopy: false, NullLogger.Instance);

        Assert.StartsWith("DR1020: ", outcome.Problem, StringComparison.Ordinal);
        Assert.Contains("the set is committed all the same", outcome.Problem, StringComparison.Ordinal);
        Assert.StartsWith("DR1020: ", Assert.Single(expiry.Problems), StringComparison.Ordinal);
        Assert.Equal(nameof(SecondCopyOrchestrator), Assert.Single(context.Inputs.Keys));
    }

    [Fact]
    public async Task A_cancel_that_comes_when_both_are_done_changes_nothing()
    {
        var scope = new OperationScope(context);
        copying.SetResult(new SecondCopyReceipt(1, 2, 3));
        var copy = await AfterCommit.CopyAsync(context, scope, Order, NullLogger.Instance);
        var expiry = await AfterCommit.ExpireAsync(context, scope, Order, inCopy: false, NullLogger.Instance);

        Assert.Equal(new CopyOutcome(1, 2, 3, Problem: null), copy);
        Assert.Empty(expiry.Problems);
    }
}
