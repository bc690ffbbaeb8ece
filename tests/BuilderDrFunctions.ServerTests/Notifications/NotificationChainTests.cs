using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BuilderDrFunctions.Notifications;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Portal;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Notifications;

/// <summary>Notifications from the change to the webhook, by a running app: a receiver that is down for a while, and an app that is killed meanwhile.</summary>
public sealed class NotificationChainTests : IDisposable
{
    private const string Secret = "whsec-3c1de9a0b7524f68";

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder folder = new("told");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tells_each_change_once_signed_whatever_the_receiver_and_the_app_go_through()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Token);
        var tries = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var told = new ConcurrentQueue<JsonElement>();
        // Each notification is refused twice.
        receiver.StatusOf = body =>
        {
            var notification = JsonSerializer.Deserialize<JsonElement>(body);
            if (tries.AddOrUpdate(notification.GetProperty("id").GetString()!, 1, (_, before) => before + 1) <= 2)
            {
                return (int)HttpStatusCode.ServiceUnavailable;
            }

            told.Enqueue(notification);
            return (int)HttpStatusCode.OK;
        };
        await using var app = await StartAsync(receiver);

        // No set yet: that is told once, however often it is looked at.
        await app.RunTimerAsync("StateWatcher", Token);
        await app.RunTimerAsync("StateWatcher", Token);
        await AwaitAsync(() => told.Any(IsOf("failure")), app);
        Assert.Equal(3, tries[IdOf(told.Single(IsOf("failure")))]);

        // A set appears: the app is killed after the first refusal, and tells it when it is back.
        new GeneratedHistory("main", TimeProvider.System.GetUtcNow()).WriteSets(folder["vault"], 1, TimeSpan.FromDays(1), TimeSpan.FromHours(2));
        var before = tries.Keys.ToHashSet(StringComparer.Ordinal);
        await app.RunTimerAsync("StateWatcher", Token);
        await AwaitAsync(() => tries.Keys.Any(id => !before.Contains(id) && id.Contains("recoveryPoint", StringComparison.Ordinal)), app);
        await app.KillAsync();
        Assert.DoesNotContain(told, notification => IsOf("recovery")(notification));
        await app.StartAsync(Token);
        await AwaitAsync(() => told.Any(IsOf("recovery")), app);
        await app.RunTimerAsync("StateWatcher", Token);

        // Whatever began to be told is told; then every change was told once, and each try of it said the same, signed.
        await AwaitAsync(() => tries.Values.All(count => count >= 3), app);
        Assert.Equal(told.Select(IdOf).Distinct(StringComparer.Ordinal).Count(), told.Count);
        Assert.Single(told, notification => IsOf("failure")(notification));
        Assert.Single(told, notification => IsOf("recovery")(notification));
        foreach (var (headers, body) in receiver.Posts)
        {
            byte[] signed = [.. Encoding.ASCII.GetBytes(headers[SendNotification.TimestampHeader] + "."), .. body];
            Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed)), headers[SendNotification.SignatureHeader]);
        }

        Assert.Equal(tries.Count, receiver.Posts.Select(post => Encoding.UTF8.GetString(post.Body)).Distinct(StringComparer.Ordinal).Count());
    }

    /// <inheritdoc/>
    public void Dispose() => folder.Dispose();

    private async Task<AppProcess> StartAsync(WebhookReceiver receiver)
    {
        var app = await AppProcess.StartNewAsync(
            AppProcess.BuiltProgram, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Sites__main__Service__Control"] = "none",
                ["Sites__main__Postgres__Host"] = "127.0.0.1",
                ["Vault__Url"] = new Uri(folder["vault"]).AbsoluteUri,
                ["Vault__CreateIfMissing"] = "true",
                ["Notifications__ops__Url"] = receiver.Url,
                ["Notifications__ops__Secret"] = Secret,
                ["Schedules__Backup"] = "0 0 0 1 1 *",
            }, [], Token);
        receiver.Search = app.Secrets;
        return app;
    }

    private static Func<JsonElement, bool> IsOf(string @event) => notification =>
        notification.GetProperty("event").GetString() == @event && notification.GetProperty("subject").GetString() == "recoveryPoint";

    private static string IdOf(JsonElement notification) => notification.GetProperty("id").GetString()!;

    private static async Task AwaitAsync(Func<bool> holds, AppProcess app) =>
        Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(holds()), Longest, Token), app.Log);
}
