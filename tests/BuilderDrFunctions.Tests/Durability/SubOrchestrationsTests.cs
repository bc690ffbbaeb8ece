using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using Microsoft.DurableTask;
using Xunit;

namespace BuilderDrFunctions.Tests.Durability;

public sealed class SubOrchestrationsTests
{
    private const string Id = "backup-20261122T020000Z-main-1a2b:Delta";

    private readonly FakeOrchestration context = new();

    [Fact]
    public async Task Runs_under_its_own_id_and_gives_what_came_of_it()
    {
        context.Answer("Mirror", "done");
        Assert.Equal("done", await context.RunInstanceAsync<string>("Mirror", "order", Id));
        Assert.Equal("order", context.Inputs["Mirror"]);
        Assert.Equal(Id, (context.Options["Mirror"] as SubOrchestrationOptions)?.InstanceId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_terminated_one_fails_as_a_step_does_although_it_has_no_details_or_the_SDK_trips_over_that(bool trips)
    {
        context.Steps["Mirror"] = () => trips ? Task.FromResult<object>(default(string)!.Length) : throw FakeOrchestration.Termination();
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => context.RunInstanceAsync<string>("Mirror", "order", Id));
        Assert.StartsWith($"DR1022: operation {Id} was terminated", FaultText.Of(failure), StringComparison.Ordinal);
        Assert.True(failure.FailureDetails.IsCausedBy<PermanentFaultException>());
    }

    [Fact]
    public async Task A_failure_passes_as_it_is()
    {
        var failed = new TaskFailedException("Mirror", 3, new InvalidOperationException("no bucket"));
        context.Steps["Mirror"] = () => throw failed;
        Assert.Same(failed, await Assert.ThrowsAsync<TaskFailedException>(() => context.RunInstanceAsync<string>("Mirror", "order", Id)));
    }
}
