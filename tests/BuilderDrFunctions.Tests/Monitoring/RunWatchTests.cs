using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Retention;
using Microsoft.DurableTask.Client;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class RunWatchTests
{
    private readonly Watched _watched = new();

    [Fact]
    public async Task Every_run_is_seen_to_begin_once_and_to_end_once()
    {
        var id = _watched.Run("backup", OrchestrationRuntimeStatus.Running);
        Assert.Equal(id, Assert.Single((await _watched.LookAsync()).Begun).ToString());
        _watched.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.False((await _watched.LookAsync()).IsNews);

        _watched.Store.Put(id, Watched.Start, OrchestrationRuntimeStatus.Completed);
        var look = await _watched.LookAsync();
        Assert.Empty(look.Begun);
        Assert.Equal((id, RunOutcome.Succeeded), (Assert.Single(look.Ended).Id, look.Ended[0].Outcome));

        for (var minute = 0; minute < 30; minute++)
        {
            _watched.Time.Advance(TimeSpan.FromMinutes(1));
            Assert.False((await _watched.LookAsync()).IsNews);
        }
    }

    [Fact]
    public async Task Runs_that_were_terminated_or_purged_end_too()
    {
        var terminated = _watched.Run("restore", OrchestrationRuntimeStatus.Running);
        var purged = _watched.Run("drill", OrchestrationRuntimeStatus.Running);
        await _watched.LookAsync();

        _watched.Store.Put(terminated, Watched.Start, OrchestrationRuntimeStatus.Terminated);
        _watched.Store.Purge(purged);
        var look = await _watched.LookAsync();

        Assert.Equal([purged, terminated], look.Ended.Select(run => run.Id).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.All(look.Ended, run => Assert.Equal(RunOutcome.Canceled, run.Outcome));
        Assert.Empty(look.Ledger.Open);
    }

    [Fact]
    public async Task A_canceled_run_that_an_earlier_version_kept_among_the_others_is_put_apart()
    {
        var canceled = new EndedRun("verify-20261122T110000Z-main-1a2b", "verify", "main", Watched.Start, Watched.Start, RunOutcome.Canceled, null);
        var kept = RunLedger.Begin(Watched.Start) with { Last = [canceled] };
        _watched.Vault["monitoring/runs.json"] = JsonSerializer.SerializeToUtf8Bytes(kept, CatalogJson.Options);

        var ledger = (await _watched.LookAsync()).Ledger;

        Assert.Null(ledger.Find("main", "verify"));
        Assert.Equal(canceled, ledger.FindCanceled("main", "verify"));
    }

    public static TheoryData<string, object, object> Plans { get; } = new()
    {
        { "restore", new RestoreOrder("r", "main", "main", "l", RestoreMode.Plan, null, null, ""), new { Mode = "Plan" } },
        { "merge", new MergeOrder("m", "main", MergeKind.Shards, "builder", MergeMode.Plan, "b", "l"), new { Outcome = MergeOutcome.Planned } },
        { "repair", new RepairOrder("r", "main", null), new { Planned = true } },
        { "expire", new ExpireOrder("e", "main", true), new { Planned = true } },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public async Task A_plan_says_nothing_of_how_runs_of_its_kind_fare(string kind, object order, object result)
    {
        var failed = _watched.Run(kind, OrchestrationRuntimeStatus.Failed, error: "DR3001: the server is gone\nHINT: start it");
        await _watched.LookAsync();
        foreach (var input in new[] { order, null })
        {
            _watched.Time.Advance(TimeSpan.FromMinutes(1));
            var planned = _watched.Run(kind, OrchestrationRuntimeStatus.Completed, result, input: input);
            var look = await _watched.LookAsync();
            Assert.Equal((planned, true), (Assert.Single(look.Ended).Id, look.Ended[0].IsPlan));
            Assert.Equal(failed, look.Ledger.Find("main", kind)?.Id);
        }

        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        var good = _watched.Run(kind, OrchestrationRuntimeStatus.Completed, new { Mode = "Replace", Plan = new { }, Outcome = "Merged", Planned = false });
        await _watched.LookAsync();
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        _watched.Run(kind, OrchestrationRuntimeStatus.Failed, error: "DR3001: the server is gone\nHINT: start it", input: order);
        Assert.Equal(good, (await _watched.LookAsync()).Ledger.Find("main", kind)?.Id);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    public async Task A_damaged_ledger_is_made_anew_out_of_what_the_durable_store_knows(string damage)
    {
        var id = _watched.Run("backup", OrchestrationRuntimeStatus.Completed);
        await _watched.LookAsync();
        _watched.Vault["monitoring/runs.json"] = System.Text.Encoding.UTF8.GetBytes(damage);

        Assert.Equal(id, (await _watched.LookAsync()).Ledger.Find("main", "backup")?.Id);
        Assert.False((await _watched.LookAsync()).IsNews);
    }

    [Fact]
    public async Task Locks_and_parts_of_runs_are_no_runs()
    {
        _watched.Store.Put("dr-main", Watched.Start, OrchestrationRuntimeStatus.Running);
        _watched.Store.Put("backup-20261122T110000Z-main-1a2b:Warm", Watched.Start, OrchestrationRuntimeStatus.Running);
        Assert.Empty((await _watched.LookAsync()).Begun);
    }

    [Fact]
    public async Task Of_two_looks_that_keep_what_they_saw_one_is_told_that_it_came_second()
    {
        _watched.Run("backup", OrchestrationRuntimeStatus.Running);
        var token = TestContext.Current.CancellationToken;
        var first = await _watched.Runs.LookAsync(_watched.Store, token);
        var second = await _watched.Runs.LookAsync(_watched.Store, token);
        Assert.True(await _watched.Runs.TryKeepAsync(first, token));
        Assert.False(await _watched.Runs.TryKeepAsync(second, token));
    }
}
