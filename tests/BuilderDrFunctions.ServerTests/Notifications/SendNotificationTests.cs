using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Notifications;
using BuilderDrFunctions.Sandbox.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Notifications;

public sealed class SendNotificationTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly Notification Failure = new(
        "main-lastRun-3-20261122", NotificationEvent.Failure, "main", "lastRun", "critical", "the last backup <failed> & burned", "DR9003", "mend it", At);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signs_the_timestamp_and_the_body()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Token);
        await SendAsync(receiver, WebhookKind.Generic, "s3cret");

        var (headers, body) = Assert.Single(receiver.Posts);
        var timestamp = headers["X-BuilderDr-Timestamp"];
        Assert.Equal(At.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), timestamp);
        using var hmac = new HMACSHA256("s3cret"u8.ToArray());
        var expected = hmac.ComputeHash(Encoding.UTF8.GetBytes($"{timestamp}.{Encoding.UTF8.GetString(body)}"));
        Assert.Equal("sha256=" + Convert.ToHexStringLower(expected), headers["X-BuilderDr-Signature"]);
    }

    [Fact]
    public async Task Does_not_sign_without_a_secret()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Token);
        await SendAsync(receiver, WebhookKind.Generic, null);
        Assert.DoesNotContain("X-BuilderDr-Signature", Assert.Single(receiver.Posts).Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Speaks_json_slack_and_teams()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Token);
        foreach (var kind in Enum.GetValues<WebhookKind>())
        {
            await SendAsync(receiver, kind, null);
        }

        var bodies = receiver.Posts.Select(post => JsonSerializer.Deserialize<JsonElement>(post.Body)).ToList();
        Assert.Equal(("failure", "lastRun", "DR9003"), (bodies[0].GetProperty("event").GetString(), bodies[0].GetProperty("subject").GetString(), bodies[0].GetProperty("code").GetString()));
        Assert.Equal("FAILURE main: the last backup &lt;failed&gt; &amp; burned\nDR9003. What to do: mend it", bodies[1].GetProperty("text").GetString());
        var card = bodies[2].GetProperty("attachments")[0].GetProperty("content");
        Assert.Equal("AdaptiveCard", card.GetProperty("type").GetString());
        Assert.Equal("FAILURE main: the last backup <failed> & burned", card.GetProperty("body")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(429, true)]
    [InlineData(404, false)]
    [InlineData(302, false)]
    public async Task Is_tried_again_where_that_may_help_and_never_names_the_address(int status, bool again)
    {
        await using var receiver = await WebhookReceiver.StartAsync(Token);
        receiver.Status = status;

        var fault = await Assert.ThrowsAnyAsync<FaultException>(() => SendAsync(receiver, WebhookKind.Slack, null));

        Assert.Equal((again, again ? "DR9103" : "DR9102"), (fault is TransientFaultException, fault.Code));
        Assert.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), fault.What, StringComparison.Ordinal);
        Assert.Contains("'ops'", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_is_tried_again_without_naming_the_address()
    {
        var receiver = await WebhookReceiver.StartAsync(Token);
        var url = receiver.Url;
        await receiver.DisposeAsync();
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => SendAsync(url, WebhookKind.Generic, null));
        Assert.Equal("DR9103", fault.Code);
        Assert.DoesNotContain("127.0.0.1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_that_was_taken_out_of_the_settings_is_told_nothing_more()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Token);
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => SendAsync(receiver.Url, WebhookKind.Generic, null, to: "former"));
        Assert.Equal("DR9104", fault.Code);
        Assert.Contains("'former'", fault.What, StringComparison.Ordinal);
        Assert.Empty(receiver.Posts);
    }

    private static Task SendAsync(WebhookReceiver receiver, WebhookKind kind, string? secret) => SendAsync(receiver.Url, kind, secret);

    private static async Task SendAsync(string url, WebhookKind kind, string? secret, string to = "ops")
    {
        using var client = new WebhookClient();
        var options = new FixedOptions(new NotificationsOptions { ["ops"] = new WebhookOptions { Url = url, Kind = kind, Secret = secret } });
        await new SendNotification(options, client, new FakeTimeProvider(At), NullLogger<SendNotification>.Instance)
            .RunAsync(new NotificationOrder(to, Failure), Token);
    }

    private sealed class FixedOptions(NotificationsOptions value) : IOptionsMonitor<NotificationsOptions>
    {
        public NotificationsOptions CurrentValue => value;

        public NotificationsOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<NotificationsOptions, string?> listener) => null;
    }
}
