using System.Net;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>The portal for everybody: by eye in light and dark, on a desk and a phone, by keyboard alone, read aloud; and for nobody without a key.</summary>
public sealed class PortalAccessTests(PortalYears years, ITestOutputHelper output) : IClassFixture<PortalYears>
{
    private static readonly string[] Views = ["Overview", "Restore", "Backups", "Operations", "Drills", "Trends", "Merge", "Audit"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("light", ColorScheme.Light, false)]
    [InlineData("dark", ColorScheme.Dark, false)]
    [InlineData("phone", ColorScheme.Light, true)]
    public async Task Every_view_has_names_labels_and_contrast_and_fits_its_window(string name, ColorScheme scheme, bool isPhone)
    {
        await using var page = await years.OpenAsync(scheme, isPhone ? PortalBrowser.Phone : PortalBrowser.Desktop);
        foreach (var view in Views)
        {
            await page.GoToAsync(view);
            await page.AssertAccessibleAsync();
            Assert.Equal(0, await page.OverflowAsync());
            await page.KeepAsync($"{view.ToLowerInvariant()}-{name}");
        }

        await page.GoToAsync("Backups");
        await page.Page.Locator("tbody a").First.ClickAsync();
        await page.Page.GetByText("Held against the database").WaitForAsync();
        await page.AssertAccessibleAsync();
        await page.KeepAsync($"set-{name}", fullPage: false);
        page.AssertQuiet();
    }

    [Fact]
    public async Task Can_be_used_by_keyboard_alone()
    {
        await using var page = await years.NewPageAsync();
        await page.Page.GotoAsync("/api/portal");
        // The key's field has the focus already.
        await page.Page.Keyboard.TypeAsync(years.App.FunctionKey);
        await page.Page.Keyboard.PressAsync("Enter");
        await page.SettleAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("Back up now", await FocusedAsync(page));

        await page.Page.ReloadAsync();
        await page.SettleAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await FocusedAsync(page));
        var reached = new List<string>();
        for (var step = 0; step < 12; step++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            reached.Add(await FocusedAsync(page));
            Assert.NotEqual("none", await page.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"), StringComparer.Ordinal);
        }

        Assert.Contains("Restore", reached, StringComparer.Ordinal);
        Assert.Contains("Back up now", reached, StringComparer.Ordinal);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Back up now" }).First.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await page.AssertAccessibleAsync();
        await page.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        Assert.Equal("Back up now", await FocusedAsync(page));
        page.AssertQuiet();
    }

    [Fact]
    public async Task Does_not_jump_while_it_fills()
    {
        await using var page = await years.OpenAsync();
        await page.Page.AddInitScriptAsync("""
            globalThis.shift = 0;
            new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.shift += entry.hadRecentInput ? 0 : entry.value; }).observe({ type: "layout-shift", buffered: true });
            """);
        await page.Page.ReloadAsync();
        await page.SettleAsync();

        var shift = await page.Page.EvaluateAsync<double>("globalThis.shift");
        output.WriteLine($"cumulative layout shift {shift:0.000}");
        Assert.InRange(shift, 0, 0.1);
    }

    [Fact]
    public async Task Asks_again_for_a_key_that_does_not_fit_and_keeps_none_after_signing_out()
    {
        await using var page = await years.NewPageAsync();
        await page.Page.GotoAsync("/api/portal");
        await page.AssertAccessibleAsync();
        await page.KeepAsync("signin-light", fullPage: false);
        await page.Page.GetByLabel("Function key").FillAsync("not-it");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Open" }).ClickAsync();
        await Assertions.Expect(page.Page.GetByText("That key does not open this app.")).ToBeVisibleAsync();
        await page.Page.GetByLabel("Function key").FillAsync(years.App.FunctionKey);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Open" }).ClickAsync();
        await page.Page.Locator("html[data-ready]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        Assert.Equal(years.App.FunctionKey, await page.Page.EvaluateAsync<string>("Object.values(sessionStorage).join()"));
        Assert.DoesNotContain(years.App.FunctionKey, await page.Page.EvaluateAsync<string>("Object.values(localStorage).join() + document.cookie + document.documentElement.outerHTML"), StringComparison.Ordinal);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Assertions.Expect(page.Page.GetByLabel("Function key")).ToBeVisibleAsync();
        Assert.Equal("", await page.Page.EvaluateAsync<string>("Object.values(sessionStorage).join()"));
    }

    [Fact]
    public async Task Is_served_to_anybody_and_empty_of_data_under_a_strict_policy()
    {
        using var stranger = new HttpClient { BaseAddress = years.App.Http.BaseAddress };

        using var answer = await stranger.GetAsync("/api/portal", Token);

        var page = await answer.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("main\"", page, StringComparison.Ordinal);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/portal");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var unchanged = await stranger.SendAsync(again, Token);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        using var refused = await stranger.GetAsync("/api/sites", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var missing = await stranger.GetAsync("/api/portal/000000000000/app.js", Token);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    private static Task<string> FocusedAsync(PortalPage page) => page.Page.EvaluateAsync<string>("document.activeElement.textContent.trim()");
}
