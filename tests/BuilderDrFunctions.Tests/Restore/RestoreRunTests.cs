using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.ServiceControl;
using BuilderDrFunctions.Tests.Durability;
using Xunit;

namespace BuilderDrFunctions.Tests.Restore;

/// <summary>What a restore decides when its steps fail, or leave something to be told.</summary>
public sealed class RestoreRunTests
{
    private const string Restoring = "builder_restoring_20261122t020000z_1a2b";

    private static readonly RestoreOrder Order = new(
        "restore-20261122T020000Z-main-1a2b", "main", "main", "20261122T010000Z-nightly-1a2b", RestoreMode.Replace, Parts: null, Database: null, Prefix: "");

    private static readonly DatabasePlan Builder = new("builder", Restoring, "builder", "builder_before_20261122t020000z_1a2b", 1, 1, 1, Staged: true, [], Owner: "hab");

    private readonly FakeOrchestration context = new();

    [Theory]
    [InlineData(null, "DR8044: it is not known whether the databases of site 'main' were exchanged", false)]
    [InlineData(SwapState.Restored, "DR8044: the former database of site 'main' could not be put back (DR8041: the server does not answer; look at it): the restored one is complete and in its place", true)]
    [InlineData(SwapState.Former, "DR8041: the swap failed", true)]
    public async Task The_database_that_an_operator_is_told_to_judge_by_is_not_dropped(SwapState? seen, string error, bool drops)
    {
        Answer(Plan(RestorePart.Database, stopsApi: false), artifacts: null);
        Fail(nameof(SwapDatabases), "the swap failed");
        Fail(nameof(UndoSwap), "the server does not answer");
        if (seen is { } state)
        {
            context.Answer(nameof(LookAtSwap), state);
        }
        else
        {
            Fail(nameof(LookAtSwap), "the server does not answer");
        }

        var fault = await Assert.ThrowsAnyAsync<FaultException>(() => RestoreOrchestrator.RunAsync(context, Order));

        Assert.StartsWith(error, fault.Message, StringComparison.Ordinal);
        Assert.Equal(drops ? [Restoring] : [], ((CleanUpOrder)context.Inputs[nameof(CleanUpRestore)]!).Databases);
    }

    [Fact]
    public async Task Artifacts_that_are_taken_on_the_listings_word_are_told()
    {
        Answer(Plan(RestorePart.Artifacts, stopsApi: false), new ArtifactsPlan("folder/", 1, Objects: 1200, Bytes: 1, ToCopy: 200, ToCopyBytes: 1, 0, 0, PrunePath: null));

        var receipt = await RestoreOrchestrator.RunAsync(context, Order);

        Assert.StartsWith("1000 artifacts are in the bucket by size and ETag as in the set", Assert.Single(receipt.Warnings), StringComparison.Ordinal);
        Assert.Contains("'builder-dr repair --site main'", receipt.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_bucket_leaves_nothing_to_be_told()
    {
        Answer(Plan(RestorePart.Artifacts, stopsApi: false), new ArtifactsPlan("folder/", 1, Objects: 200, Bytes: 1, ToCopy: 200, ToCopyBytes: 1, 0, 0, PrunePath: null));

        Assert.Empty((await RestoreOrchestrator.RunAsync(context, Order)).Warnings);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 20)]
    public async Task An_API_that_failed_before_is_told_to_start_again_and_not_waited_for_as_long(bool fails, int attempts)
    {
        Answer(Plan(RestorePart.Database, stopsApi: true) with { ApiFails = fails }, artifacts: null);
        Fail(nameof(SwapDatabases), "the swap failed");
        Fail(nameof(StartApi), "it does not come up");

        var fault = await Assert.ThrowsAnyAsync<FaultException>(() => RestoreOrchestrator.RunAsync(context, Order));

        Assert.Equal("DR8043", fault.Code);
        Assert.Contains("the swap failed", fault.Message, StringComparison.Ordinal);
        Assert.Equal(attempts, context.Options[nameof(StartApi)]!.Retry!.Policy!.MaxNumberOfAttempts);
    }

    [Theory]
    [InlineData(nameof(CheckRestore))]
    [InlineData(nameof(RestoreDatabase))]
    [InlineData(nameof(SwapDatabases))]
    public async Task A_step_that_fails_with_no_number_of_its_own_gets_one(string step)
    {
        Answer(Plan(RestorePart.Database, stopsApi: false), artifacts: null);
        context.Fail(step, "Index was outside the bounds of the array.");

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => RestoreOrchestrator.RunAsync(context, Order));

        Assert.Equal("DR8045", fault.Code);
        Assert.Contains("Index was outside the bounds of the array.", fault.What, StringComparison.Ordinal);
        Assert.Contains(nameof(CleanUpRestore), context.Inputs.Keys, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Where_the_former_keys_lie_is_told_when_they_cannot_be_put_back()
    {
        Answer(Plan(RestorePart.Keys, stopsApi: true), artifacts: null);
        Fail(nameof(WriteKeys), "the host went away");
        Fail(nameof(UndoKeys), "the host is not back");
        context.Answer(nameof(StartApi), new StartReceipt(DateTimeOffset.UnixEpoch));

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => RestoreOrchestrator.RunAsync(context, Order));

        Assert.Equal("DR8049", fault.Code);
        Assert.Contains("(DR8041: the host is not back; look at it); before that, DR8041: the host went away", fault.What, StringComparison.Ordinal);
        Assert.Contains("'….before-…': put that back with mv", fault.Hint, StringComparison.Ordinal);
        Assert.Contains(nameof(StartApi), context.Inputs.Keys, StringComparer.Ordinal);
    }

    private static RestorePlan Plan(RestorePart part, bool stopsApi) =>
        new(Order.Label, "main", DateTimeOffset.UnixEpoch, [part], part == RestorePart.Database ? [Builder] : [], stopsApi, StartsApi: false, 0, null, [], [], []);

    private void Fail(string step, string why) => context.Fail(step, $"DR8041: {why}\nHINT: look at it");

    private void Answer(RestorePlan plan, ArtifactsPlan? artifacts)
    {
        context.Answer(nameof(CheckRestore), plan);
        if (artifacts is not null)
        {
            context.Answer(nameof(PlanArtifacts), artifacts);
            context.Answer(nameof(CopyArtifactsOrchestrator), new CopyReceipt(artifacts.ToCopy, artifacts.ToCopy));
        }

        context.Answer(nameof(RestoreDatabase), new RestoredDatabase("builder", Restoring, 1, 1, 1, 1, 1));
        context.Answer(nameof(CheckKeys), Array.Empty<KeyVerdict>());
        context.Answer(nameof(StopApi), new StopReceipt(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        context.Answer(nameof(UndoSwap), true);
        context.Answer(nameof(RestartServices), Array.Empty<string>());
        context.Answer(nameof(CleanUpRestore), true);
    }
}
