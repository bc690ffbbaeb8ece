using System.Text.RegularExpressions;
using BuilderDrFunctions.ServerTests.Chain;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>An operator's first day at the portal, against a whole stand-in Builder.</summary>
public sealed class PortalStoryTests(ChainSandbox chain, PortalBrowser browser) : IClassFixture<ChainSandbox>, IClassFixture<PortalBrowser>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_no_backup_over_restore_and_drill_to_green_and_from_a_failure_to_its_next_step()
    {
        await using var app = await chain.StartAppAsync(
            ("Sites__main__Service__StopTimeout", "00:00:30"),
            // Slow enough for an eye, and this test, to see the bar move.
            ("Mirror__MaxBytesPerSecond", "900000"), ("Mirror__BatchObjects", "10"), ("Mirror__Window", "1"));
        await using var portal = await browser.NewPageAsync(app.Process);
        var page = portal.Page;
        await portal.OpenAsync(app.Process.FunctionKey);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("No. Data would be lost.");
        await portal.KeepAsync("story-1-nothing-yet");

        await BackUpAsync(portal);
        await SeeABackupMoveAsync(portal);
        await RestoreAsync(portal);
        await DrillAsync(portal);
        await VerifyAsync(portal);
        await portal.GoToAsync("Overview");
        await portal.AwaitAsync(() => Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Yes, we are safe."));
        await portal.AwaitAsync(() => Assertions.Expect(page.Locator(".tile.ok")).ToHaveCountAsync(4));
        await portal.AssertAccessibleAsync();
        await portal.KeepAsync("story-5-safe");

        await chain.Builder.Postgres.StopAsync(immediate: true);
        try
        {
            await BackUpAsync(portal);
            var problem = page.Locator(".problem", new() { HasText = "Last backup" });
            await portal.AwaitAsync(() => Assertions.Expect(problem).ToBeVisibleAsync());
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("No. Something needs you now.");
            await Assertions.Expect(problem).ToContainTextAsync(new Regex("DR3[0-9]{3}", RegexOptions.None, TimeSpan.FromSeconds(5)));
            await Assertions.Expect(problem).ToContainTextAsync("Next step:");
            await page.Locator("details.item").First.ClickAsync();
            await Assertions.Expect(page.Locator("details.item").First.Locator(".fault")).ToContainTextAsync("Next step:");
            await portal.AssertAccessibleAsync();
            await portal.KeepAsync("story-6-failed");
        }
        finally
        {
            await chain.Builder.Postgres.StartAsync(Token);
        }

        portal.AssertQuiet();
    }

    private static async Task BackUpAsync(PortalPage portal)
    {
        await portal.Page.Locator(".verdict").GetByRole(AriaRole.Button, new() { Name = "Back up now" }).ClickAsync();
        await portal.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Back up" }).ClickAsync();
        await Assertions.Expect(portal.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    private async Task SeeABackupMoveAsync(PortalPage portal)
    {
        var page = portal.Page;
        chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromSeconds(5);
        var card = page.Locator("article.running");
        await Assertions.Expect(card).ToBeVisibleAsync();
        await Assertions.Expect(card.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await portal.AwaitAsync(() => Assertions.Expect(card.Locator("li.done", new() { HasText = "preflight" })).ToBeVisibleAsync());
        await portal.AwaitAsync(() => Assertions.Expect(card.Locator(".progress p")).ToContainTextAsync(
            new Regex("[0-9] % .*[0-9] [KM]iB of [0-9.]+ [KM]iB · [0-9]+ of [0-9]+ objects", RegexOptions.None, TimeSpan.FromSeconds(5))));
        var seen = await page.EvaluateAsync<double>("document.querySelector('article.running progress').value");
        await page.WaitForFunctionAsync("seen => (document.querySelector('article.running progress')?.value ?? 0) > seen", seen);
        await portal.KeepAsync("story-2-backup-moves");
        await portal.AwaitAsync(() => Assertions.Expect(card.Locator("li.now", new() { HasText = "stop API" })).ToBeVisibleAsync());
        await portal.KeepAsync("story-2-backup-runs");
        chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromMilliseconds(300);
        await portal.AwaitAsync(() => Assertions.Expect(card).ToHaveCountAsync(0));
        await portal.GoToAsync("Backups");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("tbody tr")).ToContainTextAsync("complete");
        await page.Locator("tbody a").ClickAsync();
        await Assertions.Expect(page.GetByText($"{ChainSandbox.Packages} verified")).ToBeVisibleAsync();
    }

    private static async Task RestoreAsync(PortalPage portal)
    {
        var page = portal.Page;
        await portal.GoToAsync("Restore");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a plan" }).ClickAsync();
        var replace = page.GetByRole(AriaRole.Button, new() { Name = "Replace main" });
        await portal.AwaitAsync(() => Assertions.Expect(replace).ToBeVisibleAsync());
        await Assertions.Expect(page.Locator("ol.plan")).ToContainTextAsync("stop the API");
        await Assertions.Expect(replace).ToBeDisabledAsync();
        await page.GetByLabel("Type the site's name").FillAsync("mai");
        await Assertions.Expect(replace).ToBeDisabledAsync();
        await page.GetByLabel("Type the site's name").FillAsync("main");
        await portal.AssertAccessibleAsync();
        await portal.KeepAsync("story-3-plan");
        await replace.ClickAsync();
        await portal.AwaitAsync(() => Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "main is restored" })).ToBeVisibleAsync());
        await portal.AssertAccessibleAsync();
        await portal.KeepAsync("story-4-restored");
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop it…" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Type the site's name").FillAsync("main");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Drop it" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The former database is kept as")).ToHaveCountAsync(0);
    }

    private static async Task DrillAsync(PortalPage portal)
    {
        await portal.GoToAsync("Drills");
        await portal.Page.GetByRole(AriaRole.Button, new() { Name = "Run a drill" }).ClickAsync();
        await portal.Page.GetByRole(AriaRole.Button, new() { Name = "Run the drill" }).ClickAsync();
        await portal.AwaitAsync(() => Assertions.Expect(portal.Page.Locator("details.item .word.ok")).ToHaveTextAsync("passed"));
    }

    private static async Task VerifyAsync(PortalPage portal)
    {
        await portal.GoToAsync("Backups");
        await portal.Page.Locator("tbody a").ClickAsync();
        await portal.Page.GetByRole(AriaRole.Button, new() { Name = "Verify it" }).ClickAsync();
        await portal.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        await portal.AwaitAsync(() => Assertions.Expect(portal.Page.Locator("tbody .chip", new() { HasText = "verified" })).ToBeVisibleAsync());
        await Assertions.Expect(portal.Page.Locator("tbody .chip", new() { HasText = "drilled" })).ToBeVisibleAsync();
    }
}
