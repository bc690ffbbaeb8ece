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

    [Fact]
    public async Task Progress_of_an_hour_is_told_in_a_hundred_events_and_a_wish_to_cancel_is_seen_within_seconds()
    {
        var time = new FakeTimeProvider(Watched.Start);
        var runs = new FakeRuns();
        runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        var looks = new SemaphoreSlim(0);
        runs.Looks = _ => looks.Release();
        var token = TestContext.Current.CancellationToken;
        var link = new OperationLink(runs, time, NullLogger.Instance, Operation, "dump");
        var longest = TimeSpan.Zero;

        await link.RunAsync(
            async _ =>
            {
                for (var last = time.GetUtcNow(); last < Watched.Start + TimeSpan.FromHours(1); last = time.GetUtcNow())
                {
                    link.Report(last.Ticks, null);
                    while (!await looks.WaitAsync(TimeSpan.FromMilliseconds(1), token))
                    {
                        time.Advance(TimeSpan.FromSeconds(1));
                    }

                    longest = time.GetUtcNow() - last > longest ? time.GetUtcNow() - last : longest;
                }

                return true;
            },
            token);

        Assert.InRange(runs.Raised.Count, 60, 110);
        Assert.True(longest < TimeSpan.FromSeconds(30), $"no look for {longest}");
    }
}
