using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Monitoring;
using Microsoft.DurableTask.Client;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class HealthChecksTests
{
    private static readonly string[] Findings = ["dumps/builder.dump.zst is not as it was written"];
    private readonly Watched _watched = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_site_with_a_fresh_set_is_well()
    {
        _watched.BackUp();

        var report = await _watched.CheckAsync();

        Assert.Equal(HealthStatus.Ok, report.Status);
        Assert.Equal(
            ["api", "drill", "lastRun", "mustRestart", "recoveryPoint", "schedule", "settings", "vault", "verify"],
            report.Checks.Select(check => check.Name).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_site_without_a_set_is_not_safe() => await AssertAsync("recoveryPoint", HealthStatus.Critical, "DR9000");

    [Fact]
    public async Task An_old_recovery_point_misses_the_objective()
    {
        _watched.BackUp();
        _watched.Time.Advance(TimeSpan.FromHours(27));

        var check = await AssertAsync("recoveryPoint", HealthStatus.Critical, "DR9001");

        Assert.Equal(27 * 3600, check.AgeSeconds);
        Assert.Equal(26 * 3600, check.LimitSeconds);
        Assert.Contains("27 h old, and the objective is 26 h", check.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_that_warns_is_a_warning()
    {
        _watched.BackUp("keys and configuration are not in the set");
        Assert.Contains("keys and configuration", (await AssertAsync("recoveryPoint", HealthStatus.Warning, "DR9002")).Summary, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Warning, (await _watched.CheckAsync()).Status);
    }

    [Fact]
    public async Task An_incomplete_set_is_critical_and_its_backup_has_failed()
    {
        _watched.BackUp(new InventoryCounts(Missing: 3), "INCOMPLETE: 3 packages of the database have no artifact in the bucket");

        Assert.Contains("3 packages", (await AssertAsync("recoveryPoint", HealthStatus.Critical, "DR9011")).Summary, StringComparison.Ordinal);
        Assert.Contains("DR9011: ", (await AssertAsync("lastRun", HealthStatus.Critical, "DR9003")).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_newest_set_is_critical_and_hides_no_recovery_point()
    {
        _watched.BackUp();
        _watched.Time.Advance(TimeSpan.FromHours(3));
        _watched.Damage(_watched.BackUp());

        var check = await AssertAsync("recoveryPoint", HealthStatus.Critical, "DR9012");
        Assert.Equal((3 * 3600, Watched.Start), (check.AgeSeconds, check.At));
        Assert.Contains("DR2030", check.Summary, StringComparison.Ordinal);

        _watched.Time.Advance(TimeSpan.FromHours(1));
        _watched.BackUp();
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("recoveryPoint")).Status);
    }

    [Fact]
    public async Task A_site_whose_every_set_is_damaged_is_not_safe()
    {
        _watched.Damage(_watched.BackUp());
        Assert.Null((await AssertAsync("recoveryPoint", HealthStatus.Critical, "DR9012")).AgeSeconds);
    }

    [Fact]
    public async Task A_failed_backup_is_told_with_its_cause_and_hint_until_one_succeeds()
    {
        _watched.BackUp();
        _watched.Time.Advance(TimeSpan.FromHours(1));
        _watched.Run("backup", OrchestrationRuntimeStatus.Failed, error: "DR3001: the server is gone\nHINT: start it");

        var check = await AssertAsync("lastRun", HealthStatus.Critical, "DR9003");
        Assert.Contains("DR3001: the server is gone", check.Summary, StringComparison.Ordinal);
        Assert.Equal("start it", check.Hint);

        _watched.Time.Advance(TimeSpan.FromHours(1));
        _watched.BackUp();
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("lastRun")).Status);
    }

    [Fact]
    public async Task A_canceled_backup_is_no_failure()
    {
        _watched.BackUp();
        _watched.Time.Advance(TimeSpan.FromHours(1));
        _watched.Run("backup", OrchestrationRuntimeStatus.Failed, error: "DR1020: the operation was canceled by an operator\nHINT: nothing is left to do");
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("lastRun")).Status);
    }

    [Theory]
    [InlineData("backup", "lastRun")]
    [InlineData("verify", "verify")]
    [InlineData("drill", "drill")]
    public async Task A_canceled_run_hides_no_failure_before_it(string kind, string name)
    {
        _watched.BackUp();
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        _watched.Run(kind, OrchestrationRuntimeStatus.Failed, error: "DR3001: the server is gone\nHINT: start it");
        await _watched.LookAsync();
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        _watched.Run(kind, OrchestrationRuntimeStatus.Terminated);
        await AssertAsync(name, HealthStatus.Critical, "DR9003");
        await _watched.LookAsync();
        await AssertAsync(name, HealthStatus.Critical, "DR9003");
    }

    [Fact]
    public async Task A_canceled_verification_is_none()
    {
        _watched.BackUp();
        _watched.Run("verify", OrchestrationRuntimeStatus.Completed, new { Passed = true });
        await _watched.LookAsync();
        _watched.Time.Advance(TimeSpan.FromDays(36));
        _watched.Run("verify", OrchestrationRuntimeStatus.Terminated);
        await AssertAsync("verify", HealthStatus.Warning, "DR9004");
    }

    [Fact]
    public async Task A_nightly_backup_that_was_canceled_shows_that_the_schedule_lives()
    {
        _watched.BackUp();
        await _watched.LookAsync();
        _watched.Time.Advance(TimeSpan.FromHours(14).Add(TimeSpan.FromMinutes(16)));
        _watched.Run("backup", OrchestrationRuntimeStatus.Terminated);
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("schedule")).Status);
    }

    [Fact]
    public async Task A_verification_that_found_something_is_bad_and_an_old_one_is_a_warning()
    {
        _watched.BackUp();
        _watched.Run("verify", OrchestrationRuntimeStatus.Completed, new { Passed = false, First = Findings });
        Assert.Contains("is not as it was written", (await AssertAsync("verify", HealthStatus.Critical, "DR9003")).Summary, StringComparison.Ordinal);

        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        _watched.Run("verify", OrchestrationRuntimeStatus.Completed, new { Passed = true });
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("verify")).Status);
        await _watched.LookAsync();

        _watched.Time.Advance(TimeSpan.FromDays(36));
        await AssertAsync("verify", HealthStatus.Warning, "DR9004");
    }

    [Fact]
    public async Task A_drill_that_never_was_is_a_warning_once_it_is_overdue()
    {
        _watched.BackUp();
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("drill")).Status);
        _watched.Time.Advance(TimeSpan.FromDays(9));
        await AssertAsync("drill", HealthStatus.Warning, "DR9004");
    }

    [Fact]
    public async Task A_failed_drill_is_bad_by_its_verdict()
    {
        _watched.BackUp();
        await _watched.Drills.WriteAsync(
            new DrillVerdict(
                "drill-20261122T110000Z-main-1a2b", "main", "20261122T020000Z-nightly-1a2b", Watched.Start, Watched.Start, Watched.Start, false, 1, 1, 2, 1, false, 5, 5, 5, 1,
                [new DrillFinding(DrillFindingKind.RtoMissed, "a recovery takes 2 s")]),
            Token);
        Assert.Contains("a recovery takes 2 s", (await AssertAsync("drill", HealthStatus.Critical, "DR9010")).Summary, StringComparison.Ordinal);
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        _watched.Run("drill", OrchestrationRuntimeStatus.Failed, error: "DR8060: there is no set\nHINT: take one");
        Assert.Contains("DR8060", (await AssertAsync("drill", HealthStatus.Critical, "DR9003")).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_api_that_a_living_run_stopped_is_well_and_one_that_nobody_holds_is_not()
    {
        var backup = _watched.Run("backup", OrchestrationRuntimeStatus.Running);
        await _watched.Records.WriteAsync(new MustRestart("main", backup, Watched.Start), Token);
        _watched.Site.State = static _ => Task.FromResult(ServiceState.Down);
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("api")).Status);
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("mustRestart")).Status);

        _watched.Store.Put(backup, Watched.Start, OrchestrationRuntimeStatus.Terminated);
        await AssertAsync("api", HealthStatus.Critical, "DR9005");
        await AssertAsync("mustRestart", HealthStatus.Critical, "DR9006");

        await _watched.Records.ClearAsync("main", Token);
        _watched.Site.State = static _ => Task.FromResult(ServiceState.Up);
        _watched.Site.Serves = false;
        await AssertAsync("api", HealthStatus.Critical, "DR9005");
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("mustRestart")).Status);
    }

    [Fact]
    public async Task A_nightly_backup_that_did_not_begin_shows_that_the_schedule_is_dead()
    {
        _watched.BackUp();
        await _watched.LookAsync();
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("schedule")).Status);

        _watched.Time.Advance(TimeSpan.FromHours(14).Add(TimeSpan.FromMinutes(14)));
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("schedule")).Status);
        _watched.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Watched.Start.AddHours(14), (await AssertAsync("schedule", HealthStatus.Critical, "DR9007")).At);

        _watched.Run("backup", OrchestrationRuntimeStatus.Running);
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("schedule")).Status);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_critical_and_hides_no_other_check()
    {
        _watched.BackUp();
        _watched.Site.State = async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return ServiceState.Up;
        };
        var hanging = await _watched.CheckAsync();
        Assert.Equal((HealthStatus.Critical, "DR9008"), Of(hanging, "api"));
        Assert.Equal(HealthStatus.Ok, Of(hanging, "recoveryPoint").Status);

        _watched.Site.State = static _ => throw new TransientFaultException("DR4001", "the host cannot be reached", "look at it");
        await AssertAsync("api", HealthStatus.Critical, "DR4001");
    }

    [Theory]
    [InlineData("restore", true)]
    [InlineData("verify", false)]
    public async Task A_nightly_backup_that_another_operation_kept_from_beginning_is_told_so(string kind, bool holdsTheSite)
    {
        _watched.BackUp();
        await _watched.LookAsync();
        _watched.Time.Advance(TimeSpan.FromHours(13));
        var other = _watched.Run(kind, OrchestrationRuntimeStatus.Running);
        _watched.Time.Advance(TimeSpan.FromHours(1).Add(TimeSpan.FromMinutes(16)));
        Assert.Equal(holdsTheSite, (await AssertAsync("schedule", HealthStatus.Critical, "DR9007")).Summary.Contains(other, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_check_that_could_not_be_done_is_unknown()
    {
        _watched.BackUp();
        _watched.Site.State = static _ => throw new InvalidOperationException("nobody expected this");
        Assert.Equal((HealthStatus.Unknown, "DR9009"), Of(await _watched.CheckAsync(), "api"));

        _watched.Site.State = static _ => throw new PermanentFaultException("DR4002", "the key is refused", "give another one");
        var refused = await _watched.CheckAsync();
        Assert.Equal((HealthStatus.Unknown, "DR4002"), Of(refused, "api"));
        Assert.Equal(HealthStatus.Unknown, refused.Status);
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_read_is_told_by_every_check_that_needs_it()
    {
        _watched.BackUp();
        _watched.Vault["monitoring/runs.json"] = new byte[2 * 1024 * 1024];

        var report = await _watched.CheckAsync();

        Assert.Equal(
            ["drill", "lastRun", "schedule", "verify"],
            report.Checks.Where(check => check.Status == HealthStatus.Unknown).Select(check => check.Name).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.All(report.Checks.Where(check => check.Status == HealthStatus.Unknown), check => Assert.Equal("main", check.Site));
    }

    private async Task<HealthCheck> AssertAsync(string name, HealthStatus status, string code)
    {
        var check = await _watched.CheckAsync(name);
        Assert.Equal((status, code), (check.Status, check.Code));
        Assert.NotEmpty(check.Hint!);
        return check;
    }

    private static (HealthStatus Status, string? Code) Of(HealthReport report, string name) =>
        report.Checks.Where(check => check.Name == name).Select(check => (check.Status, check.Code)).Single();
}
