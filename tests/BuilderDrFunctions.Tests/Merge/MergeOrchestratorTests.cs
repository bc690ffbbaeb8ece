using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Tests.Durability;
using Xunit;

namespace BuilderDrFunctions.Tests.Merge;

/// <summary>What a merge tells when its steps fail.</summary>
public sealed class MergeOrchestratorTests
{
    private static readonly MergeOrder Order = new(
        "merge-20261122T030000Z-main-1a2b", "main", MergeKind.Shards, "builder_originsrv", MergeMode.Migrate, "backup-20261122T030000Z-main-1a2b", "20261122T030000Z-before-merge-1a2b");

    private readonly FakeOrchestration context = new();

    public MergeOrchestratorTests()
    {
        context.Answer(nameof(CheckMerge), new MergeCheck(new MergePlan(Order.Database, IsMerged: false, [], 0, [], []), Earlier: null));
        context.Answer(nameof(FindMergeBackup), "20261122T020000Z-nightly-1a2b");
        context.Answer(nameof(MergeShards), new MergeSummary(Order.OperationId, DateTimeOffset.UnixEpoch, "20261122T020000Z-nightly-1a2b", 1, 1, 1, Order.Database));
    }

    [Theory]
    [InlineData(nameof(CheckMerge), false)]
    [InlineData(nameof(FindMergeBackup), false)]
    [InlineData(nameof(MergeShards), true)]
    public async Task A_step_that_fails_with_no_number_of_its_own_gets_one(string step, bool cleansUp)
    {
        context.Fail(nameof(CleanUpMerge), "the process was killed");
        context.Fail(step, "Index was outside the bounds of the array.");

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => MergeOrchestrator.RunAsync(context, Order));

        Assert.Equal("DR7031", fault.Code);
        Assert.Contains("Index was outside the bounds of the array.", fault.What, StringComparison.Ordinal);
        Assert.Equal(cleansUp, context.Inputs.ContainsKey(nameof(CleanUpMerge)));
    }

    [Fact]
    public async Task A_merge_that_is_done_does_not_look_undone_when_its_report_cannot_be_kept()
    {
        context.Fail(nameof(StoreMergeReport), "DR5001: the vault does not answer\nHINT: look at it");

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => MergeOrchestrator.RunAsync(context, Order));

        Assert.Equal("DR7034", fault.Code);
        Assert.Contains("'builder_originsrv' is done and proved, and its report could not be kept (DR5001: the vault does not answer; look at it)", fault.What, StringComparison.Ordinal);
        Assert.Contains("do not merge again; copy the report from the vault's 'sites/main/", fault.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain(nameof(CleanUpMerge), context.Inputs.Keys, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_failure_with_a_number_is_told_as_it_is()
    {
        context.Fail(nameof(CheckMerge), "DR3001: nothing answers\nHINT: look at the server");

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => MergeOrchestrator.RunAsync(context, Order));

        Assert.Equal(("DR3001", "nothing answers", "look at the server"), (fault.Code, fault.What, fault.Hint));
    }
}
