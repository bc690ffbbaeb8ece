using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Vault;
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
        await using var app = await PortalApp.StartAsync(folder);

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

    [Fact]
    public async Task Tells_of_a_verification_that_passed_what_is_wrong_in_the_second_vault()
    {
        const string problem = "DR5001: object 7 cannot be written";
        using var folder = new TemporaryFolder("copied");
        var now = TimeProvider.System.GetUtcNow();
        new GeneratedHistory("main", now).WriteSets(folder["vault"], 1, TimeSpan.FromDays(1), TimeSpan.FromHours(6));
        var label = Path.GetFileName(Path.GetDirectoryName(Directory.GetFiles(folder["vault"], "manifest.json", SearchOption.AllDirectories).Single()))!;
        await using var app = await PortalApp.StartAsync(folder);
        var id = OperationId.New("verify", "main", now);
        var verdict = new VerifyVerdict(id.ToString(), "main", label, now, now, true, 1, 1, 1, 1, 0, []) { Copy = new CopyVerdict(2, [problem]) };
        using (var vault = new FolderVault(folder["vault"], createIfMissing: false, TimeProvider.System))
        {
            await new VerifyVerdicts(vault).WriteAsync(verdict, Token);
        }

        await using var page = await browser.NewPageAsync(app);
        // Where the run itself is done, the durable store has its result.
        var run = new OperationView(
            id.ToString(), "verify", "main", OperationState.Succeeded, null, [], null, null, now, now, null, JsonSerializer.SerializeToElement(verdict, ApiJson.Options));
        await page.Page.RouteAsync(url => url.Contains("/api/operations?", StringComparison.Ordinal) && url.Contains("since=", StringComparison.Ordinal), route => route.FulfillAsync(
            new() { ContentType = "application/json", Body = JsonSerializer.Serialize(new OperationPage([run], null), ApiJson.Options) }));
        await page.OpenAsync(app.FunctionKey);
        await page.SettleAsync();

        await page.GoToAsync("Operations");
        await page.Page.GetByText("with problems in the second vault").ClickAsync();
        await Assertions.Expect(page.Page.GetByText($"In the second vault: {problem}")).ToBeVisibleAsync();
        await page.GoToAsync("Backups");
        await page.Page.Locator("tbody a").First.ClickAsync();
        await Assertions.Expect(page.Page.Locator(".details").GetByText($"In the second vault: {problem}")).ToBeVisibleAsync();
        await page.AssertAccessibleAsync();
        page.AssertQuiet();
    }
}
