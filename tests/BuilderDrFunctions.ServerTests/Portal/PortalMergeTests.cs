using System.Text.RegularExpressions;
using BuilderDrFunctions.ServerTests.Merge;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>A merge clicked through by an operator of a Builder from before August 2018.</summary>
[Collection(LegacyGroup.Name)]
public sealed class PortalMergeTests(LegacySandbox legacy, PortalBrowser browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_the_analysis_over_what_stands_against_it_to_the_report()
    {
        await legacy.Builder.Host.Supervisor.BringAsync(wanted: true, Token);
        await using var app = await legacy.StartAppAsync();
        await using var portal = await browser.NewPageAsync(app.Process);
        var page = portal.Page;
        await portal.OpenAsync(app.Process.FunctionKey);
        await portal.GoToAsync("Merge");
        await page.GetByLabel("What").SelectOptionAsync("builder_jobsrv");

        await page.GetByRole(AriaRole.Button, new() { Name = "Analyze" }).ClickAsync();
        await portal.AwaitAsync(() => Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "1 problem in the way" })).ToBeVisibleAsync());
        await Assertions.Expect(page.Locator(".problem")).ToContainTextAsync("DR7020");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Merge", Exact = true })).ToHaveCountAsync(0);
        await portal.AssertAccessibleAsync();
        await portal.KeepAsync("merge-1-in-the-way");

        await legacy.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Analyze" }).ClickAsync();
        await portal.AwaitAsync(() => Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nothing stands against it" })).ToBeVisibleAsync());
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Tables to be merged" }).Locator("tbody tr").First).ToBeVisibleAsync();
        var merge = page.GetByRole(AriaRole.Button, new() { Name = "Merge", Exact = true });
        await Assertions.Expect(merge).ToBeDisabledAsync();
        await page.GetByLabel("Type the site's name").FillAsync("mai");
        await Assertions.Expect(merge).ToBeDisabledAsync();
        await page.GetByLabel("Type the site's name").FillAsync("main");
        await portal.AssertAccessibleAsync();
        await portal.KeepAsync("merge-2-analysis");

        await merge.ClickAsync();
        await Assertions.Expect(page.Locator("article.running")).ToBeVisibleAsync();
        await portal.KeepAsync("merge-3-runs");
        await portal.AwaitAsync(() => Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Merged, and proved row by row" })).ToBeVisibleAsync());
        await page.GetByRole(AriaRole.Link, new() { Name = "The report" }).ClickAsync();
        var report = page.GetByRole(AriaRole.Region, new() { Name = "Report", Exact = true });
        await Assertions.Expect(report).ToContainTextAsync(new Regex("[0-9]+ rows of [0-9]+ tables into builder_jobsrv, every table the same on both sides", RegexOptions.None, TimeSpan.FromSeconds(5)));
        await Assertions.Expect(report.Locator("tbody tr").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("ul.checks li", new() { HasText = "into builder_jobsrv" })).ToBeVisibleAsync();
        await portal.AssertAccessibleAsync();
        await portal.KeepAsync("merge-4-report");
        portal.AssertQuiet();
    }
}
