using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Backup;

public sealed class NightlyBackupTests
{
    [Fact]
    public async Task One_sites_trouble_costs_no_other_its_night_and_fails_the_timer()
    {
        var runs = new FakeRuns { Looks = id => { if (id == OperationId.LockOf("berlin")) { throw new OperationCanceledException("the store's client gave up"); } } };
        var nightly = new NightlyBackup(
            new FakeSite { Names = ["amsterdam", "berlin", "cologne"] }, new OperationStarter(NullLogger<OperationStarter>.Instance), Options.Create(new ScheduleOptions()),
            new RetentionOptions(), new FakeTimeProvider(Watched.Start), NullLogger<NightlyBackup>.Instance);

        var failure = await Assert.ThrowsAsync<AggregateException>(() => nightly.RunAsync(new TimerInfo(), runs, TestContext.Current.CancellationToken));

        Assert.Single(failure.InnerExceptions);
        Assert.Equal([OperationId.LockOf("amsterdam"), OperationId.LockOf("cologne")], runs.Started.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }
}
