using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>One page for two Builders, when the answers about one of them are late or do not come: main has two sets, west three.</summary>
public sealed class PortalSitesTests(PortalBrowser browser) : IClassFixture<PortalBrowser>
{
    private const string NoSet = "There is no set yet.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Says_of_a_site_that_could_not_be_read_that_it_reads_and_not_that_it_has_no_set()
    {
        using var folder = new TemporaryFolder("sites");
        await using var app = await StartAsync(folder);
        await using var page = await OpenAsync(app);
        using var answer = new SemaphoreSlim(0);
        // The browser's own threads know no test.
        var token = Token;
        await page.Page.RouteAsync(SetsOf("west"), async route =>
        {
            await answer.WaitAsync(token);
            await route.FulfillAsync(new() { Status = 503, ContentType = "application/json", Body = """{ "detail": "the vault does not answer", "code": "DR5001", "hint": "look at it" }""" });
        });

        await page.Page.Locator("#site").SelectOptionAsync("west");
        await Assertions.Expect(page.Page.GetByText("Reading…").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.GetByText(NoSet)).ToHaveCountAsync(0);
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(0);
        await page.KeepAsync("backups-reading");

        answer.Release(100);
        await Assertions.Expect(page.Page.GetByText("the vault does not answer")).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.GetByText("Reading…").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.GetByText(NoSet)).ToHaveCountAsync(0);

        await page.Page.UnrouteAllAsync();
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        await Assertions.Expect(page.Page.GetByText("the vault does not answer")).ToBeHiddenAsync();
        await Assertions.Expect(page.Page.GetByText("Reading…")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Shows_no_sets_of_one_site_under_the_name_of_another()
    {
        using var folder = new TemporaryFolder("sites");
        await using var app = await StartAsync(folder);
        await using var page = await OpenAsync(app);
        await page.Page.Locator("#site").SelectOptionAsync("west");
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        using var answer = new SemaphoreSlim(0);
        // The browser's own threads know no test.
        var token = Token;
        await page.Page.RouteAsync(SetsOf("main"), async route =>
        {
            await answer.WaitAsync(token);
            await route.ContinueAsync();
        });

        await page.Page.Locator("#site").SelectOptionAsync("main");
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(0);
        await page.Page.Locator("#site").SelectOptionAsync("west");
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        await page.Page.RunAndWaitForResponseAsync(
            () =>
            {
                answer.Release(100);
                return Task.CompletedTask;
            }, response => SetsOf("main")(response.Url));
        // What the page makes of that answer is on it after one more of another.
        await page.Page.EvaluateAsync("new Promise((resolve) => setTimeout(resolve, 500))");

        await Assertions.Expect(page.Page.Locator("#site")).ToHaveValueAsync("west");
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        page.AssertQuiet();
    }

    private async Task<PortalPage> OpenAsync(AppProcess app)
    {
        var page = await browser.NewPageAsync(app);
        await page.OpenAsync(app.FunctionKey);
        await page.SettleAsync();
        await page.GoToAsync("Backups");
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        return page;
    }

    private static Func<string, bool> SetsOf(string site) => url => url.Contains($"/api/backups?site={site}", StringComparison.Ordinal);

    private static Task<AppProcess> StartAsync(TemporaryFolder folder)
    {
        var now = TimeProvider.System.GetUtcNow();
        new GeneratedHistory("main", now).WriteSets(folder["vault"], 2, TimeSpan.FromDays(1), TimeSpan.FromHours(6));
        new GeneratedHistory("west", now, seed: 2).WriteSets(folder["vault"], 3, TimeSpan.FromDays(1), TimeSpan.FromHours(3));
        return AppProcess.StartNewAsync(
            AppProcess.BuiltProgram, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Sites__main__Service__Control"] = "none",
                ["Sites__main__Postgres__Host"] = "127.0.0.1",
                ["Sites__west__Service__Control"] = "none",
                ["Sites__west__Postgres__Host"] = "127.0.0.1",
                ["Vault__Url"] = new Uri(folder["vault"]).AbsoluteUri,
                ["Schedules__Backup"] = "0 0 0 1 1 *",
            }, [], Token);
    }
}
