using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>Debian's Chromium, without a window, for the tests that look at the portal as an operator does.</summary>
public sealed class PortalBrowser : IAsyncLifetime
{
    private static readonly TimeSpan UntilClosed = TimeSpan.FromSeconds(30);

    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>A desktop's window.</summary>
    public static ViewportSize Desktop => new() { Width = 1280, Height = 900 };

    /// <summary>A phone's.</summary>
    public static ViewportSize Phone => new() { Width = 390, Height = 844 };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var program = await Servers.StartOwnAsync(_ => Task.FromResult(Programs.Find("chromium")));
        playwright = await Playwright.CreateAsync();
        // Whatever else the machine does meanwhile.
        Assertions.SetDefaultExpectTimeout(30_000);
        // Root has no use for Chromium's own sandbox; the pages it sees are this program's.
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    /// <summary>A new window with nothing remembered, at the app's portal.</summary>
    public async Task<PortalPage> NewPageAsync(AppProcess app, ColorScheme scheme = ColorScheme.Light, ViewportSize? size = null)
    {
        var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = app.Http.BaseAddress!.ToString(),
            ColorScheme = scheme,
            ViewportSize = size ?? Desktop,
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = "Etc/UTC",
            Locale = "en-GB",
        });
        context.SetDefaultTimeout(30_000);
        return new PortalPage(context, await context.NewPageAsync(), app.Secrets);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (browser is not null)
            {
                await browser.CloseAsync().WaitAsync(UntilClosed, CancellationToken.None);
            }
        }
        finally
        {
            // Its driver goes, and takes a browser that hangs with it.
            playwright?.Dispose();
        }
    }
}
