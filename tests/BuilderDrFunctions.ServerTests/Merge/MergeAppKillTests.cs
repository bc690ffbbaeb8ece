using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Postgres;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>
/// Kills the app at random instants of both merges. <c>MERGE_APP_KILLS</c> says how often: <c>make torture</c> asks for 100, the suite for a few.
/// The shards are sessionsrv's 128, which are sooner merged than originsrv's, so that there is time for many kills.
/// </summary>
public sealed class MergeAppKillTests(LegacySandbox sandbox, ITestOutputHelper output) : IClassFixture<LegacySandbox>
{
    private const int KillsInSuite = 2;
    private const string KeptShards = "kept_shards";
    private const string KeptMerged = "kept_merged";
    private const string One = "builder";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("MERGE_APP_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var kills) ? kills : KillsInSuite;

    private PostgresCluster Cluster => sandbox.Builder.Postgres;

    [Fact]
    public async Task Everything_is_untouched_or_merged_and_the_run_goes_on_to_its_end()
    {
        await PrepareAsync();
        await using var app = await sandbox.StartAppAsync();
        await app.MergeAsync("shards", new { database = "builder_jobsrv", mode = "migrate", confirm = "main" });
        Merge[] merges =
        [
            await RehearseAsync(app, new Merge("shards", new { database = ShardedDatabase.Sessionsrv, mode = "migrate", confirm = "main" }, "merge shards", ResetShardsAsync, ShardsAsync)),
            await RehearseAsync(app, new Merge("databases", new { mode = "migrate", confirm = "main" }, "merge databases", ResetDatabasesAsync, DatabasesAsync)),
        ];
        var seed = Random.Shared.Next();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}; undisturbed: {string.Join(", ", merges.Select(merge => $"{merge.Kind} {merge.Whole.TotalSeconds:0.0} s, {merge.Step.TotalSeconds:0.0} s of it the merge itself"))}"));
        var random = new Random(seed);
        var merged = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            var merge = merges[kill % merges.Length];
            await merge.ResetAsync();
            var id = (await app.StartAsync(merge.Kind, merge.Request)).GetProperty("id").GetString()!;

            // Every other pair of kills falls into the merge itself, where there is the most to break.
            var isInStep = kill % 4 is 1 or 2;
            if (isInStep)
            {
                await WaitForStepAsync(app, id, merge.Phase);
            }

            await Task.Delay((isInStep ? merge.Step : merge.Whole) * random.NextDouble(), TimeProvider.System, Token);
            await app.Process.KillAsync();
            await WaitForServerAsync();
            var found = await merge.StateAsync();
            Assert.True(found == merge.Untouched || found == merge.Complete, $"kill {kill}: neither untouched nor merged:\n{found}");
            merged += found == merge.Complete ? 1 : 0;
            await app.Process.StartAsync(Token);
            await AssertEndsAsync(app, await app.Process.WaitForOperationAsync(id, Longest, null, Token), merge);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Kills} kills: merged already after {merged} of them, untouched after the others; every run came to its end"));
    }

    /// <summary>originsrv and sessionsrv as the shard merge leaves them, and copies of sessionsrv, in shards and merged, to begin anew with.</summary>
    private async Task PrepareAsync()
    {
        await sandbox.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        await Cluster.CreateDatabaseAsync(KeptShards, Token, ShardedDatabase.Sessionsrv);
        await Cluster.DropDatabaseAsync(ShardedDatabase.Originsrv, Token);
        await Cluster.DropDatabaseAsync(ShardedDatabase.Sessionsrv, Token);
        await new LegacyGenerator(sandbox.Size, BuilderSettings.DefaultKeys).FillMergedAsync(Cluster, Token);
        await Cluster.CreateDatabaseAsync(KeptMerged, Token, ShardedDatabase.Sessionsrv);
    }

    /// <summary>Merges once without disturbance: tells how long it takes and what comes of it.</summary>
    private async Task<Merge> RehearseAsync(MergeApp app, Merge merge)
    {
        await merge.ResetAsync();
        var untouched = await merge.StateAsync();
        var begun = Stopwatch.GetTimestamp();
        var operation = await app.MergeAsync(merge.Kind, merge.Request);
        var whole = Stopwatch.GetElapsedTime(begun);
        var step = operation.GetProperty("steps").EnumerateArray().First(step => step.GetProperty("phase").GetString() == merge.Phase);
        var rehearsed = merge with
        {
            Untouched = untouched,
            Complete = await merge.StateAsync(),
            Whole = whole,
            Step = step.GetProperty("endedAt").GetDateTimeOffset() - step.GetProperty("begunAt").GetDateTimeOffset(),
        };
        Assert.NotEqual(rehearsed.Untouched, rehearsed.Complete, StringComparer.Ordinal);
        await AssertEndsAsync(app, operation, rehearsed);
        return rehearsed;
    }

    private async Task AssertEndsAsync(MergeApp app, JsonElement operation, Merge merge)
    {
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        Assert.Equal("Merged", operation.GetProperty("result").GetProperty("outcome").GetString());
        Assert.Equal(merge.Complete, await merge.StateAsync());
        Assert.DoesNotContain(await Cluster.Server().ListDatabasesAsync(Token), name => name.StartsWith(One + "_merging", StringComparison.Ordinal));
    }

    /// <summary>Waits until an operation is at a step, or has ended.</summary>
    private static Task<bool> WaitForStepAsync(MergeApp app, string id, string phase) => Condition.TryAwaitAsync(
        async token =>
        {
            var view = await app.Process.GetAsync($"/api/operations/{id}", token);
            return view.GetProperty("state").GetString() is "succeeded" or "failed" || (view.TryGetProperty("phase", out var now) && now.GetString() == phase);
        },
        Longest,
        Token);

    /// <summary>The server's side of a killed app ends a moment later: only then is it settled what became of its transaction.</summary>
    private async Task WaitForServerAsync() => Assert.True(
        await Condition.TryAwaitAsync(
            async token => await CountAsync("postgres", "pg_stat_activity WHERE application_name LIKE 'builder-dr%' AND pid <> pg_backend_pid()", token) == 0, Longest, Token),
        "sessions of the killed app stay");

    private async Task ResetShardsAsync()
    {
        // A merged installation has nothing left to do.
        await Cluster.DropDatabaseAsync(One, Token);
        await ResetSessionsrvAsync(KeptShards);
    }

    private async Task ResetDatabasesAsync()
    {
        await Cluster.DropDatabaseAsync(One, Token);
        await ResetSessionsrvAsync(KeptMerged);
    }

    private async Task ResetSessionsrvAsync(string kept)
    {
        await Cluster.DropDatabaseAsync(ShardedDatabase.Sessionsrv, Token);
        await Cluster.CreateDatabaseAsync(ShardedDatabase.Sessionsrv, Token, kept);
    }

    private async Task<string> ShardsAsync()
    {
        var isMerged = await CountAsync(ShardedDatabase.Sessionsrv, "public.flags WHERE shard_migration_complete", Token) == 1;
        return $"{(isMerged ? "flag" : "no flag")}\n{await ContentAsync(ShardedDatabase.Sessionsrv)}";
    }

    private async Task<string> DatabasesAsync()
    {
        var isThere = (await Cluster.Server().ListDatabasesAsync(Token)).Contains(One, StringComparer.Ordinal);
        return $"{await ContentAsync(ShardedDatabase.Originsrv)}\n{await ContentAsync(ShardedDatabase.Sessionsrv)}\n{(isThere ? await ContentAsync(One) : "")}";
    }

    // The flag's table says when it was set.
    private async Task<string> ContentAsync(string database)
    {
        var fingerprint = await Cluster.Server().FingerprintAsync(database, null, Token);
        return string.Join('\n', fingerprint.Tables.Where(table => table.Table != "flags").Select(table => table.ToString()).Append(string.Join('\n', fingerprint.Schema.Objects)));
    }

    private async Task<long> CountAsync(string database, string relation, CancellationToken cancellationToken)
    {
        await using var connection = await Cluster.OpenAsync(database, cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {relation}", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>One of the two merges.</summary>
    /// <param name="Kind">Its route.</param>
    /// <param name="Request">What is posted.</param>
    /// <param name="Phase">The step that does it.</param>
    /// <param name="ResetAsync">Puts everything back as it was before.</param>
    /// <param name="StateAsync">What its databases hold.</param>
    private sealed record Merge(string Kind, object Request, string Phase, Func<Task> ResetAsync, Func<Task<string>> StateAsync)
    {
        public string Untouched { get; init; } = "";

        public string Complete { get; init; } = "";

        public TimeSpan Whole { get; init; }

        public TimeSpan Step { get; init; }
    }
}
