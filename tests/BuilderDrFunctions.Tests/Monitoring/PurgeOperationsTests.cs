using BuilderDrFunctions.Monitoring;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class PurgeOperationsTests
{
    [Fact]
    public async Task What_ended_long_ago_goes_and_nothing_that_may_still_be_asked_for()
    {
        var now = TimeProvider.System.GetUtcNow();
        await using var runs = new FakeRuns();
        runs.Put("old", now.AddDays(-401), OrchestrationRuntimeStatus.Completed);
        runs.Put("failed", now.AddDays(-500), OrchestrationRuntimeStatus.Failed);
        runs.Put("waits", now.AddDays(-500), OrchestrationRuntimeStatus.Running);
        runs.Put("young", now.AddDays(-399), OrchestrationRuntimeStatus.Terminated);

        await new PurgeOperations(Options.Create(new MonitoringOptions()), TimeProvider.System, NullLogger<PurgeOperations>.Instance)
            .RunAsync(new TimerInfo(), runs, TestContext.Current.CancellationToken);

        Assert.Equal(["waits", "young"], (await runs.GetAllInstancesAsync().ToListAsync(TestContext.Current.CancellationToken)).Select(run => run.InstanceId).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }
}
