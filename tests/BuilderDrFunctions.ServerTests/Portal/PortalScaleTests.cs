using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>The portal over years: 5,000 sets in the vault and 1,000 operations in the history.</summary>
public sealed class PortalScaleTests(PortalYears years, ITestOutputHelper output) : IClassFixture<PortalYears>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Is_ready_after_a_page_of_sets_and_a_fortnight_of_operations()
    {
        await using var page = await years.OpenAsync();
        var asked = new List<string>();
        page.Page.Request += (_, request) => asked.Add(new Uri(request.Url).PathAndQuery);

        await page.Page.ReloadAsync();
        await page.Page.Locator("html[data-ready]").WaitForAsync(new() { State = WaitForSelectorState.Attached });

        var ready = await page.Page.EvaluateAsync<double>("performance.getEntriesByName('ready').at(-1).startTime");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"with {PortalYears.Sets} sets and {PortalYears.Operations} operations the page is ready after {ready:0} ms; it asked for {asked.Count} files and answers"));
        foreach (var path in asked.Where(path => path.StartsWith("/api/", StringComparison.Ordinal) && !path.StartsWith("/api/portal", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).ToList())
        {
            var clock = Stopwatch.StartNew();
            var answer = await years.App.Http.GetByteArrayAsync(path, Token);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {clock.ElapsedMilliseconds} ms, {answer.Length / 1000} kB: {path}"));
        }

        // The structure that makes it quick, whatever the machine is busy with.
        Assert.Contains(asked, path => path == "/api/backups?site=main&top=100");
        Assert.InRange(asked.Count(path => path.StartsWith("/api/backups?", StringComparison.Ordinal)), 1, 2);
        Assert.All(asked.Where(path => path.StartsWith("/api/operations?", StringComparison.Ordinal)), path => Assert.Matches("state=active|since=", path));
        Assert.DoesNotContain(asked, path => path.Contains("continuation", StringComparison.Ordinal));
        page.AssertQuiet();
    }

    [Fact]
    public async Task Leads_to_every_one_of_the_sets_a_page_at_a_time()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        string? before = null;
        var pages = 0;
        do
        {
            var page = await years.App.GetAsync($"/api/backups?site=main&top=500{(before is null ? "" : "&before=" + before)}", Token);
            found.UnionWith(page.GetProperty("backups").EnumerateArray().Select(set => set.GetProperty("label").GetString()!));
            before = page.TryGetProperty("before", out var next) ? next.GetString() : null;
            pages++;
        }
        while (before is not null);

        Assert.Equal(PortalYears.Sets, found.Count);
        Assert.Equal(PortalYears.Sets / 500, pages);

        await using var window = await years.OpenAsync();
        await window.GoToAsync("Backups");
        await Assertions.Expect(window.Page.Locator("tbody tr")).ToHaveCountAsync(50);
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Show more" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator("tbody tr")).ToHaveCountAsync(100);
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Show more" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator("tbody tr")).ToHaveCountAsync(150);
        window.AssertQuiet();
    }

    [Fact]
    public async Task Lists_operations_by_time_and_state()
    {
        var since = TimeProvider.System.GetUtcNow().AddDays(-2).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

        var recent = (await years.App.GetAsync($"/api/operations?since={since}&top=500", Token)).GetProperty("operations");
        var active = (await years.App.GetAsync("/api/operations?state=active", Token)).GetProperty("operations");
        var ended = (await years.App.GetAsync($"/api/operations?state=ended&until={since}&top=500", Token)).GetProperty("operations");

        Assert.InRange(recent.GetArrayLength(), 20, 26);
        Assert.Equal(0, active.GetArrayLength());
        Assert.Equal(500, ended.GetArrayLength());
        Assert.All(ended.EnumerateArray(), operation => Assert.True(string.CompareOrdinal(operation.GetProperty("createdAt").GetString(), since) < 0));
        using var wrong = await years.App.Http.GetAsync("/api/operations?since=yesterday", Token);
        Assert.Contains("DR1004", await wrong.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }
}
