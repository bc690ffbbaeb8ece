using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ServiceControl;
using BuilderDrFunctions.Tests.Durability;
using Xunit;

namespace BuilderDrFunctions.Tests.Backup;

/// <summary>What a backup says when a step fails that has no number of its own, or the API does not come back.</summary>
public sealed class BackupOrchestratorTests
{
    private static readonly BackupOrder Order = new("backup-20261122T020000Z-main-1a2b", "main", "20261122T020000Z-nightly-1a2b", null);

    private readonly FakeOrchestration context = new();

    public BackupOrchestratorTests()
    {
        context.Answer(nameof(Preflight), new PreflightReport(["builder"], StopsApi: true, null, null, CapturesConfiguration: false, []));
        context.Answer(nameof(MirrorOrchestrator), new MirrorReceipt("inventory", "", 0, new InventoryCounts(), new BatchReceipt()));
        context.Answer(nameof(StopApi), new StopReceipt(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch) { MostDown = TimeSpan.FromHours(1) });
        context.Answer(nameof(StartApi), new StartReceipt(DateTimeOffset.UnixEpoch));
        context.Fail(nameof(DumpDatabase), "Object reference not set");
    }

    [Fact]
    public async Task A_step_that_fails_without_a_number_gets_one_and_the_API_is_started()
    {
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => BackupOrchestrator.RunAsync(context, Order));

        Assert.Equal(("DR2005", "a step of the backup failed: Object reference not set"), (fault.Code, fault.What));
        Assert.Contains("look at the log", fault.Hint, StringComparison.Ordinal);
        Assert.Equal(nameof(StartApi), context.Inputs.Keys.Last());
    }

    [Fact]
    public async Task When_someone_terminates_a_mirror_pass_while_the_API_is_down_it_is_started_and_no_timer_keeps_the_backup_from_ending()
    {
        context.Answer(nameof(Preflight), new PreflightReport([], StopsApi: true, null, null, CapturesConfiguration: false, []));
        var warm = context.Steps[nameof(MirrorOrchestrator)];
        var passes = 0;
        context.Steps[nameof(MirrorOrchestrator)] = () => ++passes == 1 ? warm() : throw FakeOrchestration.Termination();

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => BackupOrchestrator.RunAsync(context, Order));

        Assert.Equal("DR1022", fault.Code);
        Assert.Equal(nameof(StartApi), context.Inputs.Keys.Last());
        Assert.True(context.Timer.Task.IsCanceled);
    }

    [Fact]
    public async Task What_nobody_foresaw_ends_the_backup_at_once_so_that_the_watchdog_may_start_the_API()
    {
        context.Steps[nameof(DumpDatabase)] = () => throw new FormatException("an answer of another version");

        await Assert.ThrowsAsync<FormatException>(() => BackupOrchestrator.RunAsync(context, Order));

        Assert.True(context.Timer.Task.IsCanceled);
    }

    [Fact]
    public async Task The_dumps_are_begun_before_the_configuration_is_read_as_the_history_of_a_backup_under_way_has_it()
    {
        context.Answer(nameof(Preflight), new PreflightReport(["builder"], StopsApi: true, null, null, CapturesConfiguration: true, []));
        context.Fail(nameof(CaptureConfiguration), "");

        await Assert.ThrowsAsync<PermanentFaultException>(() => BackupOrchestrator.RunAsync(context, Order));

        Assert.Equal([nameof(DumpDatabase), nameof(CaptureConfiguration)], context.Inputs.Keys.Where(step => step is nameof(DumpDatabase) or nameof(CaptureConfiguration)), StringComparer.Ordinal);
    }

    [Fact]
    public async Task An_API_that_does_not_come_back_is_told_before_what_failed_before_it()
    {
        context.Fail(nameof(StartApi), "DR6001: the host does not answer\nHINT: look at it");

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => BackupOrchestrator.RunAsync(context, Order));

        Assert.Equal("DR2004", fault.Code);
        Assert.StartsWith("the API of site 'main' is down and could not be started again (DR6001: the host does not answer", fault.What, StringComparison.Ordinal);
        Assert.EndsWith("before that, DR2005: a step of the backup failed: Object reference not set", fault.What, StringComparison.Ordinal);
        Assert.StartsWith("start it by hand", fault.Hint, StringComparison.Ordinal);
    }
}
