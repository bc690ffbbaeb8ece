using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>The list of sets when one of them is no longer what was written.</summary>
public sealed class PortalDamagedTests(PortalBrowser browser) : IClassFixture<PortalBrowser>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_a_set_that_cannot_be_used_with_what_to_do_and_lists_the_others()
    {
        using var folder = new TemporaryFolder("damaged");
        new GeneratedHistory("main", TimeProvider.System.GetUtcNow()).WriteSets(folder["vault"], 3, TimeSpan.FromDays(1), TimeSpan.FromHours(6));
        var sets = Directory.GetFiles(folder["vault"], "manifest.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var content = await File.ReadAllBytesAsync(sets[1], Token);
        content[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(sets[1], content, Token);
        var label = Path.GetFileName(Path.GetDirectoryName(sets[1]))!;
        await using var app = await AppProcess.StartNewAsync(
            AppProcess.BuiltProgram, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Sites__main__Service__Control"] = "none",
                ["Sites__main__Postgres__Host"] = "127.0.0.1",
                ["Vault__Url"] = new Uri(folder["vault"]).AbsoluteUri,
                ["Schedules__Backup"] = "0 0 0 1 1 *",
            }, [], Token);

        await using var page = await browser.NewPageAsync(app);
        await page.OpenAsync(app.FunctionKey);
        await page.SettleAsync();
        await page.GoToAsync("Backups");

        var box = page.Page.Locator(".problem", new() { HasText = label });
        await Assertions.Expect(box).ToContainTextAsync("cannot be used");
        await Assertions.Expect(box).ToContainTextAsync("DR203");
        await Assertions.Expect(box).ToContainTextAsync("Next step:");
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await page.AssertAccessibleAsync();
        await page.KeepAsync("backups-damaged");
        page.AssertQuiet();
    }
}
