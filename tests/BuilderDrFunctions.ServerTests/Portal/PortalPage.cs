using System.Runtime.CompilerServices;
using BuilderDrFunctions.Sandbox.Secrets;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>The portal in a window: what it logs is gathered, and a test asserts that there is nothing.</summary>
public sealed class PortalPage : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly SecretSearch secrets;
    private readonly List<string> complaints = [];

    internal PortalPage(IBrowserContext context, IPage page, SecretSearch secrets)
    {
        this.context = context;
        this.secrets = secrets;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add($"console {message.Type}: {message.Text}");
            }
        };
        page.PageError += (_, error) => complaints.Add($"page error: {error}");
        page.RequestFailed += (_, request) => complaints.Add($"request failed: {request.Url} {request.Failure}");
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Opens the portal and types the key.</summary>
    public async Task OpenAsync(string key)
    {
        await Page.GotoAsync("/api/portal");
        await Page.GetByLabel("Function key").FillAsync(key);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Open" }).ClickAsync();
        await Page.Locator("html[data-ready]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
    }

    /// <summary>Waits until the checks have answered.</summary>
    public async Task SettleAsync()
    {
        await Page.Locator("html[data-ready]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await Assertions.Expect(Page.Locator(".verdict.checking")).ToHaveCountAsync(0);
    }

    /// <summary>Goes to a view as an operator does.</summary>
    public async Task GoToAsync(string view)
    {
        await Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = view }).ClickAsync();
        await Page.Locator($"[data-key='view-{view.ToLowerInvariant()}']").WaitForAsync();
    }

    /// <summary>Keeps a picture of the whole page under artifacts/screenshots.</summary>
    public async Task KeepAsync(string name, bool fullPage = true)
    {
        var folder = Path.Combine(Repository(), "artifacts", "screenshots");
        if (fullPage)
        {
            // The header sticks to the top of the window, and would lie in the middle of the picture.
            await Page.EvaluateAsync("scrollTo(0, 0)");
        }

        await SearchAsync(name);
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = fullPage, Animations = ScreenshotAnimations.Disabled });
    }

    /// <summary>Asserts what axe-core knows of WCAG 2.2, levels A and AA: names, labels, contrast, roles, order.</summary>
    public async Task AssertAccessibleAsync()
    {
        var result = await Page.RunAxe(new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } });
        Assert.NotEmpty(result.Passes);
        Assert.True(result.Violations.Length == 0, string.Join('\n', result.Violations.Select(violation =>
            $"{violation.Id}: {violation.Help}\n  {string.Join("\n  ", violation.Nodes.Take(4).Select(node => node.Html + " " + string.Join("; ", node.Any.Select(check => check.Message))))}")));
    }

    /// <summary>Asserts that nothing was complained of since the page was opened.</summary>
    public void AssertQuiet() => Assert.Empty(complaints);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A browser that broke off is what the test then fails of, and not this.
        if (!Page.IsClosed)
        {
            await SearchAsync("at the end");
        }

        await context.DisposeAsync();
    }

    private async Task SearchAsync(string when) => secrets.Search($"page of the portal, {when}", await Page.ContentAsync());

    internal static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
