using System.Net.Http.Json;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Recovery;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>A second site on the same servers, with a database and a bucket of its own, that is kept restored to what the first one backs up.</summary>
public sealed class WarmSpareTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private const string Database = "builder_spare";
    private const string KeptSql = "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE datname LIKE 'builder\\_spare\\_before\\_%'";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_spare_follows_the_newest_verified_set_and_is_left_alone_while_it_serves_what_is_newer()
    {
        using var vault = new TemporaryFolder("vault");
        var bucket = Servers.NewName("spare");
        await chain.Builder.S3.CreateBucketAsync(bucket, Token);
        var ofSpare = chain.Builder.AppSettings.Where(setting => setting.Key.StartsWith("Sites__main__", StringComparison.Ordinal))
            .Select(setting => (setting.Key.Replace("__main__", "__spare__", StringComparison.Ordinal), (string?)setting.Value));
        await using var app = await chain.StartAppAsync(
        [
            .. ofSpare,
            ("Vault__Url", $"file://{vault["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"),
            ("Sites__spare__Postgres__Database", Database), ("Sites__spare__Artifacts__Bucket", bucket),
            ("Spare__Site", "spare"), ("Spare__Source", "main"), ("Spare__Database", Database), ("Schedules__Spare", "0 0 0 1 1 *"),
        ]);
        await using var spare = new TestDatabase(chain.Builder.Postgres, Database);

        // A set that no verification passed is not good enough.
        var first = await BackUpAsync(app);
        Assert.Equal("DR9016", (await CheckOfSpareAsync(app, "spare")).GetProperty("code").GetString());
        await NothingToDoAsync(app, "site main has no complete set that a verification passed");
        await VerifyAsync(app, first);

        Assert.Equal("succeeded", (await RefreshedAsync(app, 1)).GetProperty("state").GetString());
        await AssertSameAsync();
        Assert.False(Directory.Exists(vault[$"sets/sites/main/sets/{first}/in-use"]), "the set is said to be in use for ever");
        await NothingToDoAsync(app, $"shows set {first}, and no later one is verified");

        // Somebody works on the spare: it is not replaced, until its API is down.
        await chain.Builder.Postgres.ExecuteAsync(Database, "UPDATE origins SET updated_at = now() + interval '1 hour'", Token);
        await VerifyAsync(app, await BackUpAsync(app));
        var refused = await RefreshedAsync(app, 2);
        Assert.StartsWith("DR8047", refused.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM pg_database WHERE datname LIKE 'builder\\_spare\\_%'"));

        await chain.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        Assert.Equal("succeeded", (await RefreshedAsync(app, 3)).GetProperty("state").GetString());
        Assert.False(chain.Builder.Host.Supervisor.IsUp, "a spare that was down was started");
        Assert.Equal("ok ok", $"{(await CheckOfSpareAsync(app, "spare")).GetProperty("status")} {(await CheckOfSpareAsync(app, "api")).GetProperty("status")}");
        await chain.Builder.Host.Supervisor.BringAsync(wanted: true, Token);
        await AssertSameAsync();

        // One way back is kept, however often the spare is refreshed; and what somebody wrote to, whose way out is the operator's.
        var writtenTo = (string)(await ScalarAsync(KeptSql))!;
        await VerifyAsync(app, await BackUpAsync(app));
        var fourth = await RefreshedAsync(app, 4);
        Assert.Equal("succeeded", fourth.GetProperty("state").GetString());
        Assert.Contains(
            fourth.GetProperty("result").GetProperty("warnings").EnumerateArray(),
            warning => warning.GetString()!.StartsWith($"'{writtenTo}' was written to", StringComparison.Ordinal));
        await HalfDropAllButAsync(writtenTo);
        var newest = await VerifyAsync(app, await BackUpAsync(app));
        Assert.Equal("succeeded", (await RefreshedAsync(app, 5)).GetProperty("state").GetString());
        var kept = ((string)(await ScalarAsync(KeptSql))!).Split(',');
        Assert.Equal(2, kept.Length);
        Assert.Equal(writtenTo, kept[0]);
        await DropAsync(kept);

        // What it shows fails a later verification: an older set is no reason to go back.
        File.Delete(vault[$"sets/sites/main/sets/{newest}/inventory.jsonl.zst"]);
        await VerifyAsync(app, newest, passes: false);
        await NothingToDoAsync(app, $"shows set {newest}, and no later one is verified");
    }

    private static async Task<JsonElement> CheckOfSpareAsync(ChainApp app, string name) =>
        (await app.Process.GetAsync("/api/health?report=true", Token)).GetProperty("checks").EnumerateArray()
            .Single(check => check.GetProperty("name").GetString() == name && check.TryGetProperty("site", out var site) && site.GetString() == "spare");

    /// <summary>Makes the others what an interrupted DROP leaves: nobody can ask them any more what was written to them.</summary>
    private Task HalfDropAllButAsync(string kept) => chain.Builder.Postgres.ExecuteAsync(
        "postgres", $"UPDATE pg_database SET datconnlimit = -2 WHERE datname LIKE 'builder\\_spare\\_before\\_%' AND datname <> '{kept}'", Token);

    private async Task DropAsync(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            await chain.Builder.Postgres.ExecuteAsync("postgres", $"DROP DATABASE {name}", Token);
        }
    }

    private static async Task<string> BackUpAsync(ChainApp app)
    {
        var operation = await app.BackUpAsync(new { site = "main", label = "test" });
        return (await app.ManifestAsync(operation)).GetProperty("label").GetString()!;
    }

    private static async Task<string> VerifyAsync(ChainApp app, string label, bool passes = true)
    {
        var operation = await app.WaitAsync(await app.Process.PostAsync($"/api/backups/{label}/verify", new { }, Token));
        Assert.True(operation.GetProperty("result").GetProperty("passed").GetBoolean() == passes, operation.ToString());
        return label;
    }

    private static async Task NothingToDoAsync(ChainApp app, string said)
    {
        var before = (await ListAsync(app)).Length;
        await RefreshAsync(app);
        Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(app.Process.Log.Contains(said, StringComparison.Ordinal)), Longest, Token), app.Process.Log);
        Assert.Equal(before, (await ListAsync(app)).Length);
    }

    /// <summary>Runs the timer's function now.</summary>
    private static async Task RefreshAsync(ChainApp app)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/functions/WarmSpare") { Content = JsonContent.Create(new { input = "" }) };
        request.Headers.Add("x-functions-key", app.Process.MasterKey);
        using var accepted = await app.Process.Http.SendAsync(request, Token);
        Assert.True(accepted.IsSuccessStatusCode, accepted.StatusCode.ToString());
    }

    private static async Task<JsonElement> RefreshedAsync(ChainApp app, int runs)
    {
        await RefreshAsync(app);
        JsonElement[] found = [];
        Assert.True(
            await Condition.TryAwaitAsync(
                async _ =>
                {
                    found = await ListAsync(app);
                    return found.Length == runs;
                },
                Longest,
                Token),
            $"{runs} runs were expected, and there are {found.Length}\n{app.Process.Log}");
        var newest = found.MaxBy(operation => operation.GetProperty("createdAt").GetDateTimeOffset());
        return await app.Process.WaitForOperationAsync(newest.GetProperty("id").GetString()!, Longest, null, Token);
    }

    private static async Task<JsonElement[]> ListAsync(ChainApp app) =>
    [
        .. (await app.Process.GetAsync("/api/operations?kind=restore&top=100", Token)).GetProperty("operations").EnumerateArray(),
    ];

    private async Task AssertSameAsync()
    {
        var server = TestSet.Access(chain.Builder.Postgres);
        Assert.Equal((await server.FingerprintAsync("builder", null, Token)).Digest, (await server.FingerprintAsync(Database, null, Token)).Digest);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = await chain.Builder.Postgres.OpenAsync("postgres", Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }
}
