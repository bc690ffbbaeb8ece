using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Notifications;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class WatchedStatesTests
{
    private static readonly DateTimeOffset Now = Watched.Start;
    private WatchedStates _states = WatchedStates.None;

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
    public void A_check_that_could_not_be_done_changes_nothing()
    {
        Look(Bad("api", "DR9005"));
        Assert.Empty(Look(new HealthCheck("api", "main", HealthStatus.Unknown, "it hangs", "DR9008", "wait")));
        Assert.Empty(Look(Bad("api", "DR9005")));
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

    private IEnumerable<NotificationEvent> Look(params IEnumerable<HealthCheck> checks)
    {
        var (next, news) = _states.Compare(checks, Now);
        _states = next;
        return news.Select(notification => notification.Event);
    }

    private static HealthCheck Ok(string name) => new(name, "main", HealthStatus.Ok, "fine", At: Now);

    private static HealthCheck Bad(string name, string code) => new(name, "main", HealthStatus.Critical, "broken", code, "mend it");
}
