using System.Text.Json;
using BuilderDrFunctions.Notifications;
using BuilderDrFunctions.Tests.Monitoring;
using Xunit;

namespace BuilderDrFunctions.Tests.Notifications;

public sealed class NotifierTests
{
    private static readonly Notification Failure = new(
        "main-lastRun-3-20261122", NotificationEvent.Failure, "main", "lastRun", "critical", "the last backup failed", "DR9003", "mend it", Watched.Start);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://example.com/hook", "success", "DR9100")]
    [InlineData("ftp://example.com", "success", "DR9100")]
    [InlineData("https://example.com/hook", "success,nothing", "DR9101")]
    [InlineData("https://example.com/hook", "0", "DR9101")]
    [InlineData("https://example.com/hook", "", "DR9101")]
    public void Settings_that_cannot_work_are_refused_without_repeating_the_address(string url, string events, string code)
    {
        var verdict = new NotificationsOptionsValidator().Validate(null, new NotificationsOptions { ["ops"] = new WebhookOptions { Url = url, Events = events } });
        Assert.Contains(code, verdict.FailureMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("example.com", verdict.FailureMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ops team")]
    [InlineData("ops/eu")]
    [InlineData("a23456789b123456789c123456789d123456789e1")]
    public void A_name_that_cannot_be_part_of_an_id_is_refused(string webhook)
    {
        var verdict = new NotificationsOptionsValidator().Validate(null, new NotificationsOptions { [webhook] = new WebhookOptions { Url = "https://example.com/hook" } });
        Assert.StartsWith($"DR9105: '{webhook}' cannot be", Assert.Single(verdict.Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_webhook_is_told_of_its_events_once()
    {
        var store = new FakeRuns();
        var notifier = new Notifier(new FixedNotifications(new NotificationsOptions
        {
            ["all"] = new WebhookOptions { Url = "https://example.com" },
            ["good"] = new WebhookOptions { Url = "https://example.com", Events = "success, recovery" },
        }));

        await notifier.TellAsync(store, Failure, Token);

        var (id, input) = Assert.Single(store.Started);
        Assert.Equal("notify:main-lastRun-3-20261122:all", id);
        Assert.DoesNotContain("example.com", JsonSerializer.Serialize(input), StringComparison.Ordinal);
    }
}
