using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Vault;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>An app with years behind it, 5,000 sets and 1,000 operations, and a browser to look at it. No server besides.</summary>
public sealed class PortalYears : IAsyncLifetime
{
    /// <summary>In the vault, one a day.</summary>
    public const int Sets = 5_000;

    /// <summary>In the durable history, one every two hours.</summary>
    public const int Operations = 1_000;

    private readonly PortalBrowser browser = new();
    private readonly TemporaryFolder folder = new("years");
    private AppProcess? app;

    /// <summary>The app.</summary>
    public AppProcess App => app ?? throw new InvalidOperationException("the app is not started");

    /// <summary>A new window, with the portal open.</summary>
    public async Task<PortalPage> OpenAsync(ColorScheme scheme = ColorScheme.Light, ViewportSize? size = null)
    {
        var page = await browser.NewPageAsync(App, scheme, size);
        await page.OpenAsync(App.FunctionKey);
        await page.SettleAsync();
        return page;
    }

    /// <summary>A new window at the app's address, with nothing opened.</summary>
    public Task<PortalPage> NewPageAsync() => browser.NewPageAsync(App);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        await browser.InitializeAsync();
        var history = new GeneratedHistory("main", TimeProvider.System.GetUtcNow());
        history.WriteSets(folder["vault"], Sets, TimeSpan.FromDays(1), TimeSpan.FromHours(6));
        using (var vault = new FolderVault(folder["vault"], createIfMissing: true, TimeProvider.System))
        {
            await history.WriteDrillsAsync(vault, 60, 1800, token);
        }

        app = await AppProcess.StartNewAsync(
            AppProcess.BuiltProgram, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Sites__main__Service__Control"] = "none",
                ["Sites__main__Postgres__Host"] = "127.0.0.1",
                ["Vault__Url"] = new Uri(folder["vault"]).AbsoluteUri,
                ["Portal__PricePerGbMonth"] = "0.0184",
                ["Schedules__Backup"] = "0 0 0 1 1 *",
            }, [], token);
        // The runtime makes its state file at the start; it is filled while nobody holds it.
        await app.StopAsync();
        history.WriteOperations(Path.Combine(app.StateFolder, "state.db"), Operations, TimeSpan.FromHours(2));
        await app.StartAsync(token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        await browser.DisposeAsync();
        folder.Dispose();
    }
}
