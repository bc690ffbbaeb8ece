using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>The list of sets where two are of one minute and bear one name, and all that can be said of a set is said.</summary>
public sealed class PortalSetsTests(PortalBrowser browser) : IClassFixture<PortalBrowser>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("light", ColorScheme.Light, false)]
    [InlineData("dark", ColorScheme.Dark, true)]
    public async Task Tells_sets_apart_by_recovery_point_and_id_and_cuts_no_column_off(string name, ColorScheme scheme, bool isPhone)
    {
        using var folder = new TemporaryFolder("alike");
        await using var app = await StartAsync(folder);
        await using var page = await browser.NewPageAsync(app, scheme, isPhone ? PortalBrowser.Phone : PortalBrowser.Desktop);
        await page.Page.RouteAsync(url => url.Contains("/api/backups?", StringComparison.Ordinal), BurdenAsync);
        await page.OpenAsync(app.FunctionKey);
        await page.SettleAsync();
        await page.GoToAsync("Backups");

        var rows = page.Page.Locator("table.sets tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        var sets = (await app.GetAsync("/api/backups?site=main", Token)).GetProperty("backups");
        for (var index = 0; index < 2; index++)
        {
            var (label, point) = (sets[index].GetProperty("label").GetString()!, sets[index].GetProperty("recoveryPoint").GetDateTimeOffset());
            await Assertions.Expect(rows.Nth(index)).ToContainTextAsync(label);
            await Assertions.Expect(rows.Nth(index)).ToContainTextAsync(point.UtcDateTime.ToString("d MMM yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        }

        // As 'builder-dr list' has them.
        await Assertions.Expect(rows.First).ToContainTextAsync(new Regex("[0-9] GiB.*[0-9] TiB", RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.Equal(0, await page.OverflowAsync());
        if (!isPhone)
        {
            Assert.Equal(0, await page.OverflowAsync(".scroll"));
        }

        await page.AssertAccessibleAsync();
        await page.KeepAsync($"sets-alike-{name}");
        page.AssertQuiet();
    }

    [Fact]
    public async Task Restores_the_set_whose_recovery_point_is_typed_as_it_is_shown()
    {
        using var folder = new TemporaryFolder("alike");
        await using var app = await StartAsync(folder);
        await using var page = await browser.NewPageAsync(app);
        var point = (await app.GetAsync("/api/backups?site=main", Token)).GetProperty("backups")[1].GetProperty("recoveryPoint").GetDateTimeOffset();
        await page.OpenAsync(app.FunctionKey);
        await page.SettleAsync();
        await page.GoToAsync("Restore");
        await page.Page.GetByLabel("As it was at a moment").CheckAsync();
        await page.Page.GetByLabel("Moment (UTC)").FillAsync(point.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));

        var asked = await page.Page.RunAndWaitForRequestAsync(
            () => page.Page.GetByRole(AriaRole.Button, new() { Name = "Make a plan" }).ClickAsync(), request => request.Method == "POST" && request.Url.EndsWith("/api/restores", StringComparison.Ordinal));

        using var body = JsonDocument.Parse(asked.PostData!);
        Assert.InRange(body.RootElement.GetProperty("backup").GetProperty("asOf").GetDateTimeOffset(), point, point.AddSeconds(1));
    }

    // Everything that a chip can say.
    private static async Task BurdenAsync(IRoute route)
    {
        var answer = await route.FetchAsync();
        var page = JsonNode.Parse(await answer.TextAsync())!;
        foreach (var set in page["backups"]!.AsArray())
        {
            set!["held"] = true;
            set["complete"] = false;
            set["hasConfiguration"] = false;
            set["warnings"] = 12;
            set["proof"] = JsonNode.Parse("""{ "verified": { "passed": false, "findings": 1234, "at": "2026-11-22T02:00:00Z" }, "drilled": { "passed": false, "findings": 21, "at": "2026-11-22T02:00:00Z" } }""");
        }

        await route.FulfillAsync(new() { Response = answer, Body = page.ToJsonString() });
    }

    private static Task<AppProcess> StartAsync(TemporaryFolder folder)
    {
        // Two of one minute, and with a fraction of a second.
        var minute = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 * 60).AddMilliseconds(500);
        new GeneratedHistory("main", minute.AddSeconds(47)).WriteSets(folder["vault"], 2, TimeSpan.FromSeconds(20), TimeSpan.FromHours(6));
        return PortalApp.StartAsync(folder);
    }
}
