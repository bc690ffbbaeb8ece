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
    private const int Looks = 8;

    private static readonly TimeSpan UntilAnswered = TimeSpan.FromSeconds(30);

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

    /// <summary>
    /// Expects what takes an operation's time: looks again and again, half a minute each, so that a machine that stands still meanwhile costs one look
    /// and not the whole patience.
    /// </summary>
    /// <exception cref="TimeoutException">What the last look missed, and how the page is.</exception>
    public async Task AwaitAsync(Func<Task> look)
    {
        for (var left = Looks; ; left--)
        {
            try
            {
                await look();
                return;
            }
            catch (PlaywrightException) when (left > 1)
            {
                // Not yet.
            }
            catch (PlaywrightException e)
            {
                throw new TimeoutException($"in {Looks} looks at a page that is {await VisibilityAsync()}, and complained: {string.Join("; ", complaints)}.\n{e.Message}", e);
            }
        }
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

    /// <summary>How many pixels of the page, or of the first of a selector, are to the right of what can be seen.</summary>
    public Task<int> OverflowAsync(string selector = "html") =>
        Page.EvaluateAsync<int>("selector => { const { scrollWidth, clientWidth } = document.querySelector(selector); return scrollWidth - clientWidth; }", selector);

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

        await context.CloseAsync().WaitAsync(UntilAnswered, TestContext.Current.CancellationToken);
    }

    private async Task<string> VisibilityAsync() => await Page.EvaluateAsync<string>("document.visibilityState").WaitAsync(UntilAnswered, TestContext.Current.CancellationToken);

    // A page that hangs answers nothing, and Playwright sets no limit here.
    private async Task SearchAsync(string when) => secrets.Search($"page of the portal, {when}", await Page.ContentAsync().WaitAsync(UntilAnswered, TestContext.Current.CancellationToken));

    internal static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
