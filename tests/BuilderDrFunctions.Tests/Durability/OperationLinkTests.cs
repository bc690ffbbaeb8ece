using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Durability;

public sealed class OperationLinkTests
{
    private const string Operation = "backup-20261122T120000Z-main-1a2b";

    [Theory]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(TaskCanceledException))]
    [InlineData(typeof(TimeoutException))]
    public async Task A_durable_store_that_does_not_answer_takes_nothing_away_from_finished_work(Type failure)
    {
        var time = new FakeTimeProvider(Watched.Start);
        var looked = new SemaphoreSlim(0);
        var runs = new FakeRuns();
        runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        runs.Looks = _ =>
        {
            looked.Release();
            throw (Exception)Activator.CreateInstance(failure)!;
        };
        var token = TestContext.Current.CancellationToken;
        var link = new OperationLink(runs, time, NullLogger.Instance, Operation, "dump");

        var result = await link.RunAsync(
            async _ =>
            {
                // Twice: the watch goes on after the first failure.
                for (var look = 0; look < 2; look++)
                {
                    while (!await looked.WaitAsync(TimeSpan.FromMilliseconds(20), token))
                    {
                        time.Advance(TimeSpan.FromSeconds(2));
                    }
                }

                return "the dump";
            },
            token);

        Assert.Equal("the dump", result);
    }
}
