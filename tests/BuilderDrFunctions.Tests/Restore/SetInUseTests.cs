using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Monitoring;
using BuilderDrFunctions.Tests.Retention;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Restore;

/// <summary>A restore says which set of another site it reads, since that site's lock is not its own.</summary>
public sealed class SetInUseTests
{
    private const string Operation = "restore-20261122T030000Z-other-1a2b";
    private readonly MemoryVault vault = new();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 22, 3, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SetUses Uses => new(vault, new SetHolds(vault), time);

    [Theory]
    [InlineData("other", RestoreMode.Replace, true)]
    [InlineData("other", RestoreMode.Scratch, true)]
    [InlineData("other", RestoreMode.Plan, false)]
    [InlineData(ExpiryRun.Site, RestoreMode.Replace, false)]
    public async Task A_set_of_another_site_is_noted_before_anything_else_and_let_go_at_the_end(string to, RestoreMode mode, bool isNoted)
    {
        var label = new BackupLabel("20261122T020000Z-manual");
        var mirror = await new MirrorRun(vault, new MemoryBucket(), new MirrorOptions()).PassAsync(
            new MirrorOrder(ExpiryRun.Site, "op1", MirrorPass.Warm, null, SetPaths.Inventory(ExpiryRun.Site, label), null), Cancellation);
        await new ExpiryRun(vault, new RetentionOptions(), time).CommitAsync(label, mirror, Cancellation);
        var order = new RestoreOrder(Operation, to, ExpiryRun.Site, label.Value, mode, Parts: [], Database: null, Prefix: "");
        await using var site = new FakeSite();
        await using var runs = new FakeRuns();
        runs.Put(Operation, time.GetUtcNow(), OrchestrationRuntimeStatus.Running);
        // Nothing of the target is known here: the check goes no further than to its host.
        await Assert.ThrowsAsync<NotSupportedException>(() => Check(site).RunAsync(order, runs, Cancellation));

        Assert.Equal(isNoted ? Operation : null, await FindReaderAsync(label));

        var read = order.ReadsOtherSite ? new SetRead(ExpiryRun.Site, label.Value) : null;
        await new CleanUpRestore(site, Uses, vault).RunAsync(new CleanUpOrder(Operation, to, []) { Reads = read }, Cancellation);

        Assert.Null(await FindReaderAsync(label));
    }

    [Theory]
    [InlineData("other")]
    [InlineData(ExpiryRun.Site)]
    public async Task A_set_that_expired_meanwhile_is_named_and_no_note_of_it_stays(string to)
    {
        var label = new BackupLabel("20261122T020000Z-manual");
        var order = new RestoreOrder(Operation, to, ExpiryRun.Site, label.Value, RestoreMode.Replace, Parts: [], Database: null, Prefix: "");
        await using var site = new FakeSite();
        await using var runs = new FakeRuns();
        runs.Put(Operation, time.GetUtcNow(), OrchestrationRuntimeStatus.Running);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Check(site).RunAsync(order, runs, Cancellation));

        Assert.Equal("DR8003", fault.Code);
        Assert.Contains($"no committed backup set {label.Value} of site '{ExpiryRun.Site}'", fault.What, StringComparison.Ordinal);
        Assert.Null(await FindReaderAsync(label));
    }

    private CheckRestore Check(FakeSite site) => new(
        site, vault, new SetFiles(vault, new SetCatalog(vault)), null!, null!, null!, Uses, Options.Create(new RecoveryOptions()), time, NullLogger<CheckRestore>.Instance);

    private Task<string?> FindReaderAsync(BackupLabel label) =>
        Uses.FindReaderAsync(ExpiryRun.Site, label, static (_, _) => Task.FromResult<bool?>(true), Cancellation);
}
