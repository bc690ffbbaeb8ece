using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using Microsoft.Playwright;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>What the history says of operations that only planned, and of those that did what was planned.</summary>
public sealed class PortalOperationsTests(PortalBrowser browser) : IClassFixture<PortalBrowser>
{
    private const string Label = "20261122T020000Z-nightly-1a2b";
    private const string Former = "builder_before_20261122t020000z_1a2b";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    // A result is in the durable store with its enumerations by their own names.
    private static readonly JsonSerializerOptions Stored = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DatabasePlan[] Live => [new("builder", "builder_restoring", "builder", Former, 1, 1, 1, false, [], "hab")];

    private static DatabasePlan[] Beside => [new("builder", "builder_restoring", "restored_20261122t020000z", null, 1, 1, 1, false, [], null)];

    [Theory]
    [InlineData("light", ColorScheme.Light, false)]
    [InlineData("dark", ColorScheme.Dark, true)]
    public async Task Never_shows_a_plan_as_what_it_plans_and_says_where_a_restore_went(string name, ColorScheme scheme, bool isPhone)
    {
        using var folder = new TemporaryFolder("history");
        await using var app = await PortalApp.StartAsync(folder);
        await using var page = await browser.NewPageAsync(app, scheme, isPhone ? PortalBrowser.Phone : PortalBrowser.Desktop);
        await ShowAsync(page, app, Everything());

        await page.GoToAsync("Operations");
        var items = page.Page.Locator("details.item");
        await Assertions.Expect(items).ToHaveCountAsync(9);
        await Assertions.Expect(items.Locator(".word")).ToHaveTextAsync(
        [
            "planned", "planned: 1 problem stands against it", "replaced", "restored beside", "planned: 4 problems stand against it", "merged", "planned", "planned, with problems", "planned",
        ]);
        await AssertLevelsAsync(items, "planned", "warning", "ok", "ok", "warning", "ok", "planned", "warning", "planned");
        await page.KeepAsync($"operations-plans-{name}");
        foreach (var summary in await items.Locator("summary").AllAsync())
        {
            await summary.ClickAsync();
        }

        await page.AssertAccessibleAsync();
        await page.KeepAsync($"operations-unfolded-{name}");
        await Assertions.Expect(items.Nth(0)).ToContainTextAsync("a plan; nothing was changed");
        await Assertions.Expect(items.Nth(0)).ToContainTextAsync(Label);
        await Assertions.Expect(items.Nth(0)).ToContainTextAsync("site main, database builder");
        await Assertions.Expect(items.Nth(1)).ToContainTextAsync("DR8001 the target is too small");
        await Assertions.Expect(items.Nth(1)).ToContainTextAsync("Next step: make room");
        await Assertions.Expect(items.Nth(2)).ToContainTextAsync("in place of what was live");
        await Assertions.Expect(items.Nth(2)).ToContainTextAsync($"The former database is kept as {Former} until it is dropped.");
        await Assertions.Expect(items.Nth(2)).ToContainTextAsync("docs/restore.md, “The way back”");
        await Assertions.Expect(items.Nth(2)).ToContainTextAsync("builder-dr drop-previous restore-");
        await Assertions.Expect(items.Nth(3)).ToContainTextAsync("site main, database restored_20261122t020000z");
        await Assertions.Expect(items.Nth(4).Locator(".problem")).ToHaveCountAsync(4);
        await Assertions.Expect(items.Nth(5)).ToContainTextAsync("merged, and proved row by row");
        await Assertions.Expect(items.Nth(6)).ToContainTextAsync("builder-dr repair --apply repair-");
        await Assertions.Expect(items.Nth(7)).ToContainTextAsync("DR5001 a folder cannot be listed");
        await Assertions.Expect(items.Nth(8)).ToContainTextAsync("1 of 2 sets");
        await page.GoToAsync("Overview");
        await Assertions.Expect(items.Locator(".word").First).ToHaveTextAsync("planned");
        await Assertions.Expect(page.Page.GetByText("succeeded", new() { Exact = true })).ToHaveCountAsync(0);
        Assert.Equal(0, await page.OverflowAsync());
        page.AssertQuiet();
    }

    private static async Task AssertLevelsAsync(ILocator items, params string[] levels)
    {
        for (var index = 0; index < levels.Length; index++)
        {
            await Assertions.Expect(items.Nth(index).Locator($"summary .word.{levels[index]}")).ToHaveCountAsync(1);
        }
    }

    private static OperationView[] Everything()
    {
        var objections = Enumerable.Range(1, 4).Select(number => new MergeProblem($"DR701{number}", $"table {number} stands in the way", "take it away")).ToArray();
        var merge = new MergeReceipt(MergeOutcome.Planned, MergeKind.Shards, "main", "builder_originsrv", new MergePlan("builder_originsrv", false, [new PlannedTable("origins", "builder_originsrv", 7, 3)], 2_500_000, objections, []), null, null);
        var repair = new RepairPlan("folder", 1, 1, 1_398_101_333, [], 0, [], 0, [], 0, 0, [], false, [], []);
        var expiry = new ExpireReceipt("main", true, [new SetDecision(Label, Now, true, ["older"]), new SetDecision(Label, Now, false, ["newest"])], 1, 0, 3, 5_000_000, []);
        return
        [
            Run("restore", 1, Restored(RestoreMode.Plan, Live, [])),
            Run("restore", 2, Restored(RestoreMode.Plan, Live, [new RestoreProblem("DR8001", "the target is too small", "make room")])),
            Run("restore", 3, Restored(RestoreMode.Replace, Live, []) with { Previous = [Former] }),
            Run("restore", 4, Restored(RestoreMode.Scratch, Beside, [])),
            Run("merge", 5, merge),
            Run("merge", 6, merge with { Outcome = MergeOutcome.Merged, Plan = merge.Plan with { Problems = [] }, Backup = Label }),
            Run("repair", 7, new RepairReceipt("main", true, repair, null, null, [])),
            Run("expire", 8, expiry with { Problems = ["DR5001: a folder cannot be listed\nHINT: look at it"] }),
            Run("expire", 9, expiry),
        ];
    }

    private static RestoreReceipt Restored(RestoreMode mode, DatabasePlan[] databases, RestoreProblem[] problems) => new(
        Label, "main", "main", mode, new RestorePlan(Label, "main", Now, [RestorePart.Database, RestorePart.Artifacts], databases, true, true, 0, null, problems, [], []), [], null, null, [], [],
        Now, 12, 3, ["3900 artifacts are in the bucket by size and ETag as in the set"]);

    private static OperationView Run<T>(string kind, int minutes, T result)
    {
        var at = Now.AddMinutes(-minutes);
        return new OperationView(
            new OperationId(kind, at, "main", "1a2b").ToString(), kind, "main", OperationState.Succeeded, null, [new OperationStep("check", at, at)], null, null, at, at.AddSeconds(2), null,
            JsonSerializer.SerializeToElement(result, Stored));
    }

    private static async Task ShowAsync(PortalPage page, AppProcess app, OperationView[] runs)
    {
        await page.Page.RouteAsync(url => url.Contains("/api/operations?", StringComparison.Ordinal) && url.Contains("since=", StringComparison.Ordinal), route => route.FulfillAsync(
            new() { ContentType = "application/json", Body = JsonSerializer.Serialize(new OperationPage(runs, null), ApiJson.Options) }));
        await page.OpenAsync(app.FunctionKey);
        await page.SettleAsync();
    }
}
