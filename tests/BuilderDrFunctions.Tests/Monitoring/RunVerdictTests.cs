using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Retention;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class RunVerdictTests
{
    private static readonly RepairPlan Plan = new("folder", 0, 0, 0, [], 0, [], 0, [], 0, 0, [], false, [], []);

    [Fact]
    public void What_went_well_has_no_trouble()
    {
        Assert.Null(TroubleOf(new BackupReceipt("20261122T020000Z-nightly-1a2b", "main", true, 5, 1, ["keys and configuration are not in the set"])));
        Assert.Null(TroubleOf(Verified()));
        Assert.Null(TroubleOf(new RepairReceipt("main", false, Plan, new MendReceipt(3, 10, Skipped: 1, First: ["it is there again"]), new MendReceipt(), [])));
        Assert.Null(TroubleOf(new ExpireReceipt("main", true, [], 1, 0, 0, 0, [])));
        Assert.Null(TroubleOf("a text"));
    }

    [Fact]
    public void A_result_that_says_that_something_is_wrong_is_trouble()
    {
        Assert.Equal("object 5 is not as it was written", TroubleOf(Verified("object 5 is not as it was written", "object 6 is missing")));
        Assert.StartsWith(
            "DR9011: set 20261122T020000Z-nightly-1a2b is incomplete",
            TroubleOf(new BackupReceipt("20261122T020000Z-nightly-1a2b", "main", false, 5, 1, ["INCOMPLETE: 3 packages of the database have no artifact in the bucket"])),
            StringComparison.Ordinal);
        Assert.Equal(
            "2 artifacts could not be mended, first: core/gcc is refused",
            TroubleOf(new RepairReceipt("main", false, Plan, new MendReceipt(1), new MendReceipt(Failed: 2, First: ["core/gcc is refused"]), [])));
        Assert.Equal("the bucket is gone", TroubleOf(new RepairReceipt("main", false, Plan, null, null, ["the bucket is gone"])));
        Assert.Equal("a legal hold", TroubleOf(new ExpireReceipt("main", false, [], 0, 0, 0, 0, ["a legal hold"])));
    }

    [Fact]
    public void What_stands_against_a_plan_is_no_trouble_of_the_run_that_planned()
    {
        var plan = new MergePlan("builder_originsrv", false, [], 0, [new MergeProblem("DR7020", "services are up", "stop them")], []);
        var planned = new MergeReceipt(MergeOutcome.Planned, MergeKind.Shards, "main", "builder_originsrv", plan, null, null);

        Assert.Null(TroubleOf(planned));
        Assert.Equal("DR7020: services are up", RunVerdict.AgainstPlan(JsonSerializer.SerializeToElement(planned, ApiJson.Options)));
        Assert.Null(RunVerdict.AgainstPlan(JsonSerializer.SerializeToElement(planned with { Plan = plan with { Problems = [] } }, ApiJson.Options)));
        Assert.Null(RunVerdict.AgainstPlan(JsonSerializer.SerializeToElement(planned with { Outcome = MergeOutcome.Merged }, ApiJson.Options)));
    }

    private static VerifyVerdict Verified(params IReadOnlyList<string> findings) => new(
        "verify-20261122T110000Z-main-1a2b", "main", "20261122T020000Z-nightly-1a2b", Watched.Start, Watched.Start, findings.Count == 0, 1, 1, 1, 1, findings.Count, findings);

    // The durable store's own form and the API's must read alike.
    private static string? TroubleOf<T>(T result)
    {
        var stored = RunVerdict.TroubleOf(JsonSerializer.SerializeToElement(result));
        Assert.Equal(stored, RunVerdict.TroubleOf(JsonSerializer.SerializeToElement(result, ApiJson.Options)));
        return stored;
    }
}
