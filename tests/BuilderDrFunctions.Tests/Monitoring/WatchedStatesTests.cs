using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Notifications;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class WatchedStatesTests
{
    private static readonly DateTimeOffset Now = Watched.Start;
    private WatchedStates _states = WatchedStates.None;
    private DateTimeOffset _now = Now;

    [Fact]
    public void A_change_is_told_once_and_not_once_a_look()
    {
        Assert.Equal([NotificationEvent.Success], Look(Ok("lastRun")));
        Assert.Empty(Look(Ok("lastRun")));
        Assert.Equal([NotificationEvent.Failure], Look(Bad("lastRun", "DR9003")));
        Assert.Empty(Look(Bad("lastRun", "DR9003")));
        Assert.Equal([NotificationEvent.Recovery], Look(Ok("lastRun")));
        Assert.Empty(Look(Ok("lastRun")));
    }

    [Theory]
    [InlineData("recoveryPoint", "DR9001")]
    [InlineData("drill", "DR9010")]
    public void A_missed_objective_is_told_as_such(string check, string code) => Assert.Equal([NotificationEvent.ObjectiveMissed], Look(Bad(check, code)));

    [Fact]
    public void Another_problem_as_bad_as_the_one_before_is_told()
    {
        Look(Bad("recoveryPoint", "DR9011"), Failed("lastRun", "DR9011: set x is incomplete"));
        Assert.Empty(Look(Bad("recoveryPoint", "DR9011"), Failed("lastRun", "DR9011: set y is incomplete")));
        Assert.Equal([NotificationEvent.Failure], Look(Bad("recoveryPoint", "DR9011"), Failed("lastRun", "DR3001: the server is gone")));
        Assert.Equal([NotificationEvent.ObjectiveMissed], Look(Bad("recoveryPoint", "DR9001"), Failed("lastRun", "DR3001: the server is gone")));
        Assert.Empty(Look(Bad("recoveryPoint", "DR9001"), Failed("lastRun", "DR3001: the server is gone still")));
        Assert.Equal([NotificationEvent.Recovery, NotificationEvent.Recovery], Look(Ok("recoveryPoint"), Ok("lastRun")));
    }

    [Theory]
    [InlineData("drill", "DR9010", "DR9003")]
    [InlineData("run:restore", "DR9003", "DR9004")]
    public void Another_number_is_told_once(string check, string first, string second)
    {
        Look(Bad(check, first));
        Assert.Equal([NotificationEvent.Failure], Look(Bad(check, second)));
        Assert.Empty(Look(Bad(check, second)));
    }

    [Fact]
    public void Another_problem_of_the_second_vault_is_told_once_it_was_seen_twice()
    {
        Look(Warn("DR9013"));
        foreach (var code in new[] { "DR9008", "DR9013", "DR9014" })
        {
            Assert.Empty(Look(Warn(code)));
        }

        Assert.Equal([NotificationEvent.Failure], Look(Warn("DR9014")));
        Assert.Empty(Look(Warn("DR9014")));
    }

    [Theory]
    [InlineData("api")]
    [InlineData("vault")]
    public void What_is_gone_is_not_told_again_for_another_number(string check)
    {
        Look(Bad(check, "DR9005"));
        Look(Bad(check, "DR9005"));
        Assert.Empty(Look(Bad(check, "DR4001")));
        Assert.Empty(Look(Bad(check, "DR4001")));
    }

    [Fact]
    public void A_problem_that_could_not_be_looked_at_meanwhile_is_held_against_what_was_told()
    {
        Look(Bad("recoveryPoint", "DR9011"));
        Look(Unknown("recoveryPoint"));
        Assert.Empty(Look(Bad("recoveryPoint", "DR9011")));
        Look(Unknown("recoveryPoint"));
        Assert.Equal([NotificationEvent.ObjectiveMissed], Look(Bad("recoveryPoint", "DR9001")));
    }

    [Fact]
    public void A_check_that_could_not_be_done_changes_nothing()
    {
        Look(Bad("api", "DR9005"));
        Assert.Empty(Look(Unknown("api")));
        Assert.Empty(Look(Bad("api", "DR9005")));
    }

    [Fact]
    public void A_check_that_stays_unknown_is_told_once_and_so_is_its_return()
    {
        Look(Ok("schedule"));
        Assert.Empty(Look(Unknown("schedule")));
        Assert.Empty(LookLater(5, Unknown("schedule")));
        Assert.Equal([NotificationEvent.Failure], LookLater(5, Unknown("schedule")));
        Assert.Empty(LookLater(60, Unknown("schedule")));
        Assert.Equal([NotificationEvent.Recovery], LookLater(5, Ok("schedule")));
    }

    [Fact]
    public void A_check_that_was_never_anything_but_unknown_is_told_too()
    {
        Assert.Empty(Look(Unknown("schedule")));
        Assert.Equal([NotificationEvent.Failure], LookLater(10, Unknown("schedule")));
    }

    [Fact]
    public void A_check_that_could_be_done_in_between_begins_anew()
    {
        Look(Unknown("schedule"));
        LookLater(5, Ok("schedule"));
        Assert.Empty(LookLater(5, Unknown("schedule")));
        Assert.Empty(LookLater(5, Unknown("schedule")));
    }

    [Fact]
    public void What_is_critical_already_is_not_told_to_be_unknown()
    {
        Look(Bad("schedule", "DR9007"));
        Look(Unknown("schedule"));
        Assert.Empty(LookLater(60, Unknown("schedule")));
        Assert.Equal([NotificationEvent.Recovery], LookLater(5, Ok("schedule")));
    }

    [Fact]
    public void Of_a_vault_that_does_not_answer_the_vault_alone_is_told()
    {
        Look(Ok("vault"), Ok("schedule"), Ok("recoveryPoint"));
        HealthCheck[] hanging = [Unknown("vault"), Unknown("schedule"), Unknown("recoveryPoint")];
        Look(hanging);
        Assert.Equal([NotificationEvent.Failure], LookLater(10, hanging));
        Assert.Empty(LookLater(60, hanging));
    }

    [Fact]
    public void One_bad_look_over_the_network_does_not_count_and_two_do()
    {
        Look(Ok("api"));
        Assert.Empty(Look(Bad("api", "DR9005")));
        Assert.Empty(Look(Ok("api")));
        Assert.Empty(Look(Bad("api", "DR9005")));
        Assert.Equal([NotificationEvent.Failure], Look(Bad("api", "DR9005")));
    }

    [Fact]
    public void What_is_well_from_the_start_is_not_worth_telling_before_something_ran()
    {
        Assert.Empty(Look(Ok("vault"), Ok("lastRun") with { At = null }));
        Assert.Equal([NotificationEvent.Success], Look(Ok("vault"), Ok("lastRun")));
    }

    [Fact]
    public void Every_change_has_an_id_of_its_own_that_looking_again_gives_again()
    {
        var before = _states;
        var (next, first) = before.Compare([Bad("lastRun", "DR9003")], Now);
        Assert.Equal(first[0].Id, before.Compare([Bad("lastRun", "DR9003")], Now.AddMinutes(5)).News[0].Id);
        Assert.NotEqual(first[0].Id, next.Compare([Ok("lastRun")], Now).News[0].Id, StringComparer.Ordinal);
    }

    [Fact]
    public void Of_two_memories_what_was_told_later_counts_and_no_id_is_given_twice()
    {
        Look(Bad("api", "DR9005"));
        Look(Ok("api"));
        Look(Ok("api"));
        var (later, _) = WatchedStates.None.Compare([Bad("api", "DR9005"), Unknown("schedule")], Now);
        var both = _states.With(later);
        Assert.Equal((HealthStatus.Critical, 2), (both.States["main-api"].Status, both.States["main-api"].Changes));
        Assert.DoesNotContain("main-schedule", both.States.Keys, StringComparer.Ordinal);
    }

    private IEnumerable<NotificationEvent> Look(params IEnumerable<HealthCheck> checks)
    {
        var (next, news) = _states.Compare([.. checks], _now);
        _states = next;
        return news.Select(notification => notification.Event);
    }

    private IEnumerable<NotificationEvent> LookLater(int minutes, params IEnumerable<HealthCheck> checks)
    {
        _now += TimeSpan.FromMinutes(minutes);
        return Look(checks);
    }

    private static HealthCheck Ok(string name) => new(name, "main", HealthStatus.Ok, "fine", At: Now);

    private static HealthCheck Unknown(string name) => new(name, "main", HealthStatus.Unknown, "it hangs", "DR9008", "wait");

    private static HealthCheck Warn(string code) => new("secondCopy", "main", HealthStatus.Warning, "behind", code, "mend it");

    private static HealthCheck Failed(string name, string cause) => new(name, "main", HealthStatus.Critical, $"the last backup of site 'main' failed: {cause}", "DR9003", "mend it");

    private static HealthCheck Bad(string name, string code) => new(name, "main", HealthStatus.Critical, "broken", code, "mend it");
}
