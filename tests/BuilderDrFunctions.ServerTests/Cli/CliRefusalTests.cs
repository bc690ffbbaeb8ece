using System.Collections.Concurrent;
using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary>What <c>builder-dr</c> says where it is asked wrongly, or asks the wrong one.</summary>
public sealed class CliRefusalTests
{
    private const string Nowhere = "http://127.0.0.1:1";

    private static readonly (string Name, string Content)[] Keys =
    [
        ("empty", " \n"), ("two", "first\nsecond"), ("letters", "schl\u00FCssel"), ("broken", "{"), ("other", """{"functionKeys":"none"}"""),
        ("less", """{"functionKeys":{}}"""), ("none", """{"functionKeys":{"default":""}}"""),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_no_address_is_named()
    {
        await AssertRefusedAsync("DR9200: 'builder.example.com' is not an address", Nowhere, "key", "list", "--url", "builder.example.com");
        await AssertRefusedAsync("DR9200: 'localhost:7071' is not an address", "localhost:7071", "key", "list");
    }

    [Fact]
    public async Task What_is_no_key_is_refused_before_it_is_sent()
    {
        using var folder = new TemporaryFolder("keys");
        foreach (var (name, content) in Keys)
        {
            await File.WriteAllTextAsync(folder[name], content, Token);
        }

        await Task.WhenAll(Keys.Select(key => key.Name).Append("absent").Select(name =>
            AssertRefusedAsync($"DR9202: no key can be read from {folder[name]}: ", Nowhere, "key", "list", "--key-file", folder[name])));
        await AssertRefusedAsync("DR9202: no key can be read from a file without a name: ", Nowhere, "key", "list", "--key-file", "");
        await AssertRefusedAsync("DR9202: no key can be read from BUILDER_DR_KEY: ", Nowhere, "two\nlines", "list");
    }

    [Fact]
    public async Task What_changes_a_live_site_is_not_even_asked_for_without_a_confirmation()
    {
        const string id = "restore-20261122T120000Z-main-1a2b";
        await Task.WhenAll(
            AssertRefusedAsync("DR9207: --replace is not confirmed", Nowhere, "key", "restore", "--replace"),
            AssertRefusedAsync("DR9207: --apply is not confirmed", Nowhere, "key", "repair", "--apply", "repair-20261122T120000Z-main-1a2b"),
            AssertRefusedAsync("DR9207: --migrate is not confirmed", Nowhere, "key", "merge", "databases", "--migrate"),
            AssertRefusedAsync("DR9207: dropping the previous databases of site 'main' is not confirmed", Nowhere, "key", "drop-previous", id, "--confirm", "east"));
    }

    [Fact]
    public async Task A_set_of_the_future_is_not_taken_for_the_newest()
    {
        var at = TimeProvider.System.GetUtcNow().AddDays(1);
        var set = new BackupSummary($"{at:yyyyMMdd'T'HHmmss'Z'}-nightly-1a2b", "main", at, at, 1, 1, 1, 1, 1, 1, 1, true, true, 0, false, new SetProof(null, null));
        await using var app = await StandInApp.StartAsync((_, _) => new Answer(200, new BackupPage([set], [], null)));

        AssertRefused($"DR8016: which set is the newest cannot be told: {set.Label} is dated in the future", await app.RunAsync("verify"));
        AssertRefused("DR8016: ", await app.RunAsync("show", "latest"));
    }

    [Theory]
    [InlineData(200, "{}", "application/json")]
    [InlineData(200, """{"status":"ok"}""", "application/json; charset=utf-8")]
    [InlineData(200, "<html>", "text/html")]
    [InlineData(404, "404 page not found", "text/plain")]
    [InlineData(502, "<html>Bad Gateway", "text/html")]
    [InlineData(400, """{"type":"about:blank","title":"Bad Request"}""", "application/problem+json")]
    [InlineData(400, """{"code":7,"detail":{},"hint":[]}""", "application/problem+json")]
    [InlineData(400, "[]", "application/problem+json")]
    public async Task Something_else_that_answers_is_not_taken_for_the_app(int status, string body, string type)
    {
        await using var other = await StandInApp.StartAsync((_, _) => new Answer(status, body, type));

        var watched = await other.RunAsync("status");
        Assert.Equal(3, watched.Code);
        Assert.StartsWith("BUILDER-DR UNKNOWN - DR9205: ", watched.Output, StringComparison.Ordinal);
        Assert.Contains($"answered {status}, and not as Builder DR does; check the address", watched.Output, StringComparison.Ordinal);
        AssertRefused("DR9205: ", await other.RunAsync("doctor"));
    }

    [Fact]
    public async Task A_redirect_is_not_followed_because_the_key_would_go_along()
    {
        var asked = new ConcurrentQueue<string>();
        await using var proxy = await StandInApp.StartAsync((method, path) =>
        {
            asked.Enqueue($"{method} {path}");
            return new Answer(302, "moved", "text/plain") { Location = "/elsewhere" };
        });

        var run = await proxy.RunAsync("backup");

        AssertRefused("DR9205: ", run);
        Assert.Contains("may begin with https", run.Error, StringComparison.Ordinal);
        Assert.Equal(["POST /api/backups"], asked, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("/dr")]
    [InlineData("/of/builder/")]
    public async Task An_app_that_a_proxy_serves_under_a_path_is_asked_there(string prefix)
    {
        var asked = new ConcurrentQueue<string>();
        await using var proxy = await StandInApp.StartAsync((_, path) =>
        {
            asked.Enqueue(path);
            return new Answer(503, "", "text/plain");
        });

        Assert.Equal(2, (await proxy.RunAsync("doctor", "--url", proxy.Url + prefix)).Code);
        Assert.Equal([prefix.TrimEnd('/') + "/api/openapi.json"], asked, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("'yesterday' is no moment; give one such as 2026-11-22T14:30 or 2026-11-22T14:30+01:00.", "restore", "--as-of", "yesterday")]
    [InlineData("--as-of", "restore", "--as-of")]
    [InlineData("--prune-plan", "restore", "--replace", "--prune-plan")]
    [InlineData("'maybe'", "merge", "databases", "--migrate=maybe")]
    [InlineData("'maybe'", "expire", "--apply=maybe")]
    [InlineData("--apply", "repair", "--plan", "--apply")]
    [InlineData("Give one of --plan and --apply.", "expire", "--plan", "--apply")]
    public async Task What_cannot_be_read_is_told_in_one_line(string says, params string[] arguments)
    {
        var run = await CliRun.RunAsync(Nowhere, "key", arguments);

        Assert.Equal(2, run.Code);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Trim().Split('\n'));
        Assert.Equal("", run.Output.Trim());
    }

    private static async Task AssertRefusedAsync(string says, string url, string key, params string[] arguments) =>
        AssertRefused(says, await CliRun.RunAsync(url, key, arguments));

    private static void AssertRefused(string says, CliRun run)
    {
        Assert.Equal(2, run.Code);
        Assert.StartsWith($"error {says}", run.Error, StringComparison.Ordinal);
        Assert.Contains("\nhint: ", run.Error, StringComparison.Ordinal);
    }
}
