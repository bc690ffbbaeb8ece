using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Notifications;
using Microsoft.DurableTask.Client;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class StateWatchTests
{
    private const string StatesPath = "monitoring/states.json";
    private readonly Watched _watched = new();

    [Fact]
    public async Task A_vault_that_does_not_answer_is_told_once()
    {
        _watched.BackUp();
        await _watched.TellAsync();
        _watched.Vault.IsSilent = true;
        // A test write that succeeded at this very moment would be believed.
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await _watched.TellAsync());
        _watched.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["vault unknown"], await _watched.TellAsync());
        _watched.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(await _watched.TellAsync());
    }

    [Fact]
    public async Task What_was_told_last_is_made_anew_where_it_is_damaged()
    {
        _watched.BackUp();
        await _watched.TellAsync();
        _watched.Vault[StatesPath] = "{"u8.ToArray();
        _watched.Site.State = static _ => Task.FromResult(ServiceState.Down);
        await _watched.TellAsync();

        Assert.Equal(["api critical"], await _watched.TellAsync());

        Assert.Contains("critical", System.Text.Encoding.UTF8.GetString(_watched.Vault[StatesPath]), StringComparison.Ordinal);
        Assert.Empty(await _watched.TellAsync());
    }

    [Fact]
    public async Task What_an_earlier_version_told_without_numbers_is_not_told_again_and_what_follows_is()
    {
        _watched.BackUp();
        await _watched.TellAsync();
        _watched.Vault[StatesPath] = """
            { "states": {
                "main-recoveryPoint": { "status": "ok", "since": "2026-11-20T12:00:00+00:00", "changes": 2, "seen": null },
                "main-lastRun": { "status": "critical", "since": "2026-11-20T12:00:00+00:00", "changes": 3, "seen": null, "unknownSince": null } } }
            """u8.ToArray();
        Fail("DR3001: the server is gone\nHINT: start it");
        Assert.Empty(await _watched.TellAsync());
        Fail("DR3001: the server is gone\nHINT: start it");
        Assert.Empty(await _watched.TellAsync());
        Fail("DR4001: the host cannot be reached\nHINT: look at it");
        Assert.Equal(["lastRun critical"], await _watched.TellAsync());
    }

    [Fact]
    public async Task A_plan_after_a_failed_run_is_no_recovery()
    {
        _watched.BackUp();
        _watched.Run("restore", OrchestrationRuntimeStatus.Failed, error: "DR3001: the server is gone\nHINT: start it");
        await _watched.LookAsync();
        Assert.Contains("run:restore critical", await _watched.TellAsync(), StringComparer.Ordinal);
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        _watched.Run("restore", OrchestrationRuntimeStatus.Completed, new { Mode = "Plan" });
        await _watched.LookAsync();
        Assert.Empty(await _watched.TellAsync());
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        _watched.Run("restore", OrchestrationRuntimeStatus.Completed, new { Mode = "Replace" });
        await _watched.LookAsync();
        Assert.Equal(["run:restore ok"], await _watched.TellAsync());
    }

    [Fact]
    public async Task An_app_that_starts_while_the_vault_does_not_answer_goes_on_from_what_was_told_before()
    {
        _watched.BackUp();
        _watched.Run("restore", OrchestrationRuntimeStatus.Failed, error: "DR3001: the server is gone\nHINT: start it");
        await _watched.LookAsync();
        Assert.Equal(["lastRun ok", "run:restore critical"], await _watched.TellAsync());

        _watched.Restart();
        _watched.Vault.IsSilent = true;
        _watched.Site.State = static _ => Task.FromResult(ServiceState.Down);
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["api critical"], await _watched.TellAsync());

        _watched.Vault.IsSilent = false;
        Assert.Empty(await _watched.TellAsync());
        _watched.Run("restore", OrchestrationRuntimeStatus.Completed, new { Mode = "Replace" });
        await _watched.LookAsync();
        Assert.Equal(["run:restore ok"], await _watched.TellAsync());
        Assert.Equal(NotificationEvent.Recovery, ((NotificationOrder)_watched.Store.Started.Values.Single()!).Notification.Event);

        _watched.Restart();
        Assert.Empty(await _watched.TellAsync());
    }

    private void Fail(string error)
    {
        _watched.Time.Advance(TimeSpan.FromMinutes(5));
        _watched.Run("backup", OrchestrationRuntimeStatus.Failed, error: error);
    }
}
