using System.Text;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Monitoring;

/// <summary>Everything that Builder DR can be asked, after a success and after a failure, with notifications of every kind. That nothing of it holds a secret is found when the app is disposed, as in every test.</summary>
public sealed class SecretScanTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static readonly string[] Pages =
    [
        "/api/live", "/api/health", "/api/metrics", "/api/openapi.json", "/api/audit?top=500", "/api/audit/verify", "/api/operations", "/api/backups", "/api/drills",
        "/api/merges", "/api/sites", "/api/portal",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_can_be_asked_holds_a_secret()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Token);
        await using var app = await chain.StartAppAsync(
            ("Notifications__json__Url", receiver.Url), ("Notifications__json__Secret", "whsec-0f9c1d7be2a44c35"),
            ("Notifications__chat__Url", receiver.Url), ("Notifications__chat__Kind", "slack"),
            ("Notifications__teams__Url", receiver.Url), ("Notifications__teams__Kind", "teams"));
        receiver.Search = app.Process.Secrets;

        await app.ManifestAsync(await app.BackUpAsync());
        await app.Process.RunTimerAsync("RunWatcher", Token);
        await AwaitPostsAsync(receiver, "SUCCESS");

        await app.Process.StopAsync();
        app.Process.Settings["Sites__main__Postgres__Host"] = chain.Builder.Postgres.Host;
        app.Process.Settings["Sites__main__Postgres__Port"] = "1";
        await app.Process.StartAsync(Token);
        var bad = await app.BackUpAsync();
        Assert.Equal("failed", bad.GetProperty("state").GetString());
        await app.Process.RunTimerAsync("RunWatcher", Token);
        await AwaitPostsAsync(receiver, "FAILURE");

        foreach (var page in Pages)
        {
            using var answer = await app.Process.Http.GetAsync(page, Token);
            Assert.True(answer.IsSuccessStatusCode || page == "/api/health", $"{page} → {answer.StatusCode}");
        }

        foreach (var arguments in new string[][] { ["status"], ["doctor"], ["list"], ["show"], ["audit"], ["watch", "--once"], ["show", bad.GetProperty("id").GetString()!] })
        {
            Assert.NotEmpty((await app.RunCliAsync(arguments)).Output);
        }
    }

    private static async Task AwaitPostsAsync(WebhookReceiver receiver, string word) =>
        Assert.True(
            await Condition.TryAwaitAsync(
                _ => Task.FromResult(receiver.Posts.Count(post => Encoding.UTF8.GetString(post.Body).Contains(word, StringComparison.OrdinalIgnoreCase)) >= 3), TimeSpan.FromMinutes(1), Token),
            $"the three webhooks were not told of {word}: {string.Join('\n', receiver.Posts.Select(post => Encoding.UTF8.GetString(post.Body)))}");
}
