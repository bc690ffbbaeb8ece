using System.Text.Json;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Tests.Api;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Operations;

public sealed class OperationEndpointsTests
{
    private const string Id = "backup-20261122T120000Z-main-1a2b";
    private readonly FakeTimeProvider time = new(Watched.Start);

    private FakeRuns Runs { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operation_that_does_not_begin_is_not_canceled_into_the_void_and_one_that_has_begun_is()
    {
        Runs.Put("dr-main", Watched.Start, OrchestrationRuntimeStatus.Running, input: new SiteOperation(Id, "main", "Any", JsonSerializer.SerializeToElement(new { })));
        var asked = CancelAsync();
        Assert.False(asked.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10));

        var (status, code, detail, hint) = Asked.ProblemOf(await asked);
        Assert.Equal((409, "DR1010"), (status, code));
        Assert.Contains(Id, detail, StringComparison.Ordinal);
        Assert.Contains("try again", hint, StringComparison.Ordinal);
        Assert.Empty(Runs.Raised);

        Runs.Put(Id, Watched.Start, OrchestrationRuntimeStatus.Running);
        Assert.Equal(202, Assert.IsAssignableFrom<IStatusCodeHttpResult>(await CancelAsync()).StatusCode);
        Assert.Equal([OperationScope.CancelEvent], Runs.Raised);
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Completed)]
    [InlineData(OrchestrationRuntimeStatus.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Terminated)]
    public async Task What_has_ended_cannot_be_canceled(OrchestrationRuntimeStatus status)
    {
        Runs.Put(Id, Watched.Start, status, error: "DR1020: canceled\nHINT: nothing");

        var refused = Asked.ProblemOf(await CancelAsync());

        Assert.Equal((409, "DR1009", $"GET /api/operations/{Id} tells how"), (refused.Status, refused.Code, refused.Hint));
        Assert.Empty(Runs.Raised);
    }

    [Fact]
    public async Task What_ends_at_the_very_moment_it_is_canceled_has_ended_and_another_refusal_of_the_store_is_told_as_one()
    {
        Runs.Put(Id, Watched.Start, OrchestrationRuntimeStatus.Running);
        Runs.Raises = _ =>
        {
            Runs.Put(Id, Watched.Start, OrchestrationRuntimeStatus.Completed);
            throw new Grpc.Core.RpcException("Status(StatusCode=\"FailedPrecondition\", Detail=\"ended\")");
        };
        var refused = Asked.ProblemOf(await CancelAsync());
        Assert.Equal((409, "DR1009"), (refused.Status, refused.Code));

        Runs.Put(Id, Watched.Start, OrchestrationRuntimeStatus.Running);
        Runs.Raises = static _ => throw new Grpc.Core.RpcException("Status(StatusCode=\"Unavailable\", Detail=\"\")");
        refused = Asked.ProblemOf(await CancelAsync());
        Assert.Equal((503, "DR1012"), (refused.Status, refused.Code));
        Assert.Empty(Runs.Raised);
    }

    [Theory]
    [InlineData(Id)]
    [InlineData("dr-main")]
    [InlineData("")]
    public async Task What_there_is_not_is_named(string id)
    {
        var refused = Asked.ProblemOf(await new OperationEndpoints(time, NullLogger<OperationEndpoints>.Instance).GetOperation(Asked.With(), id, Runs, Token));
        Assert.Equal((404, "DR1006", $"there is no operation '{id}'"), (refused.Status, refused.Code, refused.Detail));
    }

    private Task<IResult> CancelAsync() => new OperationEndpoints(time, NullLogger<OperationEndpoints>.Instance).CancelOperation(Asked.With(), Id, Runs, Token);
}
