using System.Text.Json;
using System.Text.RegularExpressions;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>"Are we safe?": what stands on top of the page, what it offers to do, and that it is there to be seen.</summary>
public sealed class PortalSafetyTests(PortalBrowser browser) : IClassFixture<PortalBrowser>
{
    private const string Incomplete = "set 20261122T020000Z-nightly-1a2b is incomplete, and what is restored from it would be: 21 artifacts are missing";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly Regex Unheard = new("^Not known: the app has not answered since [0-9]{2}:[0-9]{2} UTC\\.$", RegexOptions.None, TimeSpan.FromSeconds(5));

    private readonly List<HealthCheck> checks =
    [
        new("api", "main", HealthStatus.Ok, "the API answers"),
        new("drill", "main", HealthStatus.Ok, "the last drill passed 7 min ago", At: Now.AddMinutes(-7), LimitSeconds: 700_000),
        new("lastRun", "main", HealthStatus.Ok, "the last backup succeeded", At: Now),
        new("recoveryPoint", "main", HealthStatus.Ok, "the newest recovery point is 10 s old, within the objective of 26 h", At: Now, LimitSeconds: 93_600),
        new("verify", "main", HealthStatus.Ok, "the last verification passed 5 min ago", At: Now.AddMinutes(-5), LimitSeconds: 3_000_000),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("light", ColorScheme.Light, false)]
    [InlineData("dark", ColorScheme.Dark, true)]
    public async Task Calls_no_site_safe_while_the_app_does_not_answer(string name, ColorScheme scheme, bool isPhone)
    {
        using var folder = new TemporaryFolder("silent");
        await using var app = await StartAsync(folder);
        await using var page = await OpenAsync(app, scheme, isPhone ? PortalBrowser.Phone : PortalBrowser.Desktop);
        var headline = page.Page.Locator("#verdict");
        await Assertions.Expect(headline).ToHaveTextAsync("Yes, we are safe.");
        await Assertions.Expect(page.Page.Locator(".tile.ok")).ToHaveCountAsync(4);

        await app.KillAsync();
        await Assertions.Expect(headline).ToHaveTextAsync(Unheard);
        await Assertions.Expect(page.Page.Locator(".verdict.unknown")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Page.Locator(".tile.ok, .checks .mark.ok")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Page.GetByText("What you see is from before. The app cannot be reached.")).ToBeVisibleAsync();
        await page.AssertAccessibleAsync();
        await page.KeepAsync($"silent-{name}");

        await app.StartAsync(Token);
        await page.AwaitAsync(() => Assertions.Expect(headline).ToHaveTextAsync("Yes, we are safe."));
        await Assertions.Expect(page.Page.Locator(".tile.ok")).ToHaveCountAsync(4);
    }

    [Fact]
    public async Task Takes_neither_a_proxys_word_nor_a_question_that_hangs_nor_silent_checks_for_an_answer()
    {
        using var folder = new TemporaryFolder("silent");
        await using var app = await StartAsync(folder);
        await using var page = await OpenAsync(app);
        var headline = page.Page.Locator("#verdict");
        static bool IsLook(string url) => url.Contains("/api/operations?", StringComparison.Ordinal);

        await page.Page.RouteAsync(IsLook, route => route.FulfillAsync(new() { Status = 502, ContentType = "text/html", Body = "<h1>Bad gateway</h1>" }));
        await Assertions.Expect(headline).ToHaveTextAsync(Unheard);
        await page.Page.UnrouteAsync(IsLook);
        await Assertions.Expect(headline).ToHaveTextAsync("Yes, we are safe.");

        await page.Page.RouteAsync(IsLook, _ => { });
        await page.AwaitAsync(() => Assertions.Expect(headline).ToHaveTextAsync(Unheard));

        await page.Page.UnrouteAllAsync();
        await page.Page.RouteAsync(IsHealth, route => route.AbortAsync());
        await page.Page.ReloadAsync();
        await Assertions.Expect(headline).ToHaveTextAsync("Not known: its checks have not answered.");
    }

    [Fact]
    public async Task Offers_nothing_that_contradicts_the_next_step_and_says_the_worst_below_the_headline()
    {
        using var folder = new TemporaryFolder("steps");
        await using var app = await StartAsync(folder);
        await using var page = await OpenAsync(app);
        await Assertions.Expect(page.Page.Locator(".sentence")).ToHaveTextAsync("The newest recovery point is 10 s old, within the objective of 26 h.");

        await FindAsync(page, "api", HealthStatus.Critical, "the API of site 'main' is down", "DR9005", "look at it with 'hab svc status'");
        await Assertions.Expect(page.Page.Locator(".sentence")).ToHaveTextAsync("The API of site 'main' is down.");
        await Assertions.Expect(page.Page.Locator(".problem")).ToContainTextAsync("DR9005");
        await Assertions.Expect(page.Page.Locator(".problem").Locator("a, button")).ToHaveCountAsync(0);
        await page.KeepAsync("safety-api-down");

        await FindAsync(page, "recoveryPoint", HealthStatus.Critical, Incomplete, "DR9011", "mend the bucket with 'builder-dr repair'");
        await FindAsync(page, "lastRun", HealthStatus.Critical, $"the last backup failed: DR9011: {Incomplete}", "DR9003", "mend the bucket with 'builder-dr repair'");
        await Assertions.Expect(page.Page.Locator(".problem")).ToHaveCountAsync(3);
        await Assertions.Expect(page.Page.Locator("#verdict")).ToHaveTextAsync("No. Data would be lost.");
        await Assertions.Expect(page.Page.Locator(".sentence")).ToHaveTextAsync($"{char.ToUpperInvariant(Incomplete[0])}{Incomplete[1..]}.");
        await Assertions.Expect(page.Page.Locator(".problem").Locator("a, button")).ToHaveCountAsync(0);

        await FindAsync(page, "recoveryPoint", HealthStatus.Unknown, "the vault does not answer", "DR5001", "look at it");
        await Assertions.Expect(page.Page.Locator(".problem", new() { HasText = "DR5001" }).GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await FindAsync(page, "recoveryPoint", HealthStatus.Critical, "the newest recovery point is 3 days old", "DR9001", "start one with POST /api/backups");
        await Assertions.Expect(page.Page.Locator(".problem", new() { HasText = "DR9001" }).GetByRole(AriaRole.Button)).ToHaveTextAsync("Back up now");
        page.AssertQuiet();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shows_the_verdict_after_signing_in_and_fits_the_window_while_something_runs(bool isPhone)
    {
        using var folder = new TemporaryFolder("runs");
        await using var app = await StartAsync(folder);
        await using var page = await OpenAsync(app, size: isPhone ? PortalBrowser.Phone : PortalBrowser.Desktop, runs: true);

        await Assertions.Expect(page.Page.Locator("nav .badge")).ToHaveTextAsync("1 running");
        Assert.Equal(0, await page.OverflowAsync());
        Assert.Equal(0, await page.Page.EvaluateAsync<double>("scrollY"));
        Assert.True(await page.Page.EvaluateAsync<bool>("document.querySelector('.question').getBoundingClientRect().top > document.getElementById('top').getBoundingClientRect().bottom"));
        await page.KeepAsync($"runs-{(isPhone ? "phone" : "wide")}", fullPage: false);
        page.AssertQuiet();
    }

    private static bool IsHealth(string url) => url.Contains("/api/health", StringComparison.Ordinal);

    private async Task FindAsync(PortalPage page, string name, HealthStatus status, string summary, string code, string hint)
    {
        var at = checks.FindIndex(check => check.Name == name);
        checks[at] = checks[at] with { Status = status, Summary = summary, Code = code, Hint = hint };
        await page.Page.ReloadAsync();
        await page.SettleAsync();
        await Assertions.Expect(page.Page.Locator(".problem", new() { HasText = code }).First).ToBeVisibleAsync();
    }

    private async Task<PortalPage> OpenAsync(AppProcess app, ColorScheme scheme = ColorScheme.Light, ViewportSize? size = null, bool runs = false)
    {
        var page = await browser.NewPageAsync(app, scheme, size);
        await page.Page.RouteAsync(IsHealth, route => route.FulfillAsync(
            new() { ContentType = "application/json", Body = JsonSerializer.Serialize(HealthReport.Of(Now, checks), ApiJson.Options) }));
        if (runs)
        {
            var run = new OperationView(
                new OperationId("backup", Now, "main", "1a2b").ToString(), "backup", "main", OperationState.Running, "dump", [new OperationStep("preflight", Now, Now), new OperationStep("dump", Now, null)],
                null, 40, Now, Now, null, null);
            await page.Page.RouteAsync(url => url.Contains("state=active", StringComparison.Ordinal), route => route.FulfillAsync(
                new() { ContentType = "application/json", Body = JsonSerializer.Serialize(new OperationPage([run], null), ApiJson.Options) }));
        }

        await page.OpenAsync(app.FunctionKey);
        await page.SettleAsync();
        return page;
    }

    private static Task<AppProcess> StartAsync(TemporaryFolder folder)
    {
        new GeneratedHistory("main", Now).WriteSets(folder["vault"], 2, TimeSpan.FromDays(1), TimeSpan.FromHours(6));
        return PortalApp.StartAsync(folder);
    }
}
