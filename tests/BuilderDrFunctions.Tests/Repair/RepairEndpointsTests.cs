using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Tests.Api;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Repair;

public sealed class RepairEndpointsTests
{
    private const string Made = "repair-20261122T110000Z-main-0001";
    private const string Running = "repair-20261122T110000Z-main-0002";
    private const string Failed = "repair-20261122T110000Z-main-0003";
    private const string CarriedOut = "repair-20261122T110000Z-main-0004";
    private static readonly RepairPlan Plan = new("folder/", 0, 0, 0, [], 0, [], 0, [], 0, 0, [], MoreUploads: false, [], []);

    public RepairEndpointsTests()
    {
        Runs.Put(Made, Watched.Start, OrchestrationRuntimeStatus.Completed, new RepairReceipt("main", Planned: true, Plan, null, null, []));
        Runs.Put(Running, Watched.Start, OrchestrationRuntimeStatus.Running);
        Runs.Put(Failed, Watched.Start, OrchestrationRuntimeStatus.Failed, error: "DR3001: no\nHINT: look");
        Runs.Put(CarriedOut, Watched.Start, OrchestrationRuntimeStatus.Completed, new RepairReceipt("main", Planned: false, Plan, new MendReceipt(), new MendReceipt(), []));
    }

    private FakeRuns Runs { get; } = new();

    [Theory]
    [InlineData("backup-20261122T110000Z-main-0001", "that is no repair's id")]
    [InlineData("repair-20261122T110000Z-other-0001", "it is for site 'other'")]
    [InlineData("repair-20261121T115959Z-main-0001", "it is older than a day")]
    [InlineData("repair-20261122T110000Z-main-0009", "it is no plan that was made")]
    [InlineData(Running, "it has not ended yet")]
    [InlineData(Failed, "it is no plan that was made")]
    [InlineData(CarriedOut, "it is no plan that was made")]
    public async Task What_is_no_plan_of_this_site_and_day_is_not_carried_out(string plan, string why)
    {
        var refused = Asked.ProblemOf(await RepairAsync(plan));

        Assert.Equal((400, "DR2222"), (refused.Status, refused.Code));
        Assert.Contains($"'{plan}' cannot be carried out: {why}", refused.Detail, StringComparison.Ordinal);
        Assert.Empty(Runs.Started);
    }

    [Fact]
    public async Task A_plan_is()
    {
        Assert.Equal(202, Assert.IsAssignableFrom<IStatusCodeHttpResult>(await RepairAsync(Made)).StatusCode);
        Assert.Equal(["dr-main"], Runs.Started.Keys, StringComparer.Ordinal);
    }

    private Task<IResult> RepairAsync(string plan) =>
        new RepairEndpoints(new FakeSite(), new OperationStarter(NullLogger<OperationStarter>.Instance), new FakeTimeProvider(Watched.Start), NullLogger<RepairEndpoints>.Instance)
            .StartRepair(Asked.With($$"""{"plan":"{{plan}}","confirm":"main"}"""), Runs, TestContext.Current.CancellationToken);
}
