using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>The merges as operators run them: over HTTP, on a Builder from before August 2018 with all of its shards, one merge after the other.</summary>
public sealed class MergeChainTests(LegacySandbox sandbox) : IClassFixture<LegacySandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Takes_an_installation_from_shards_to_one_database_with_a_backup_before_each_step()
    {
        await using var app = await sandbox.StartAppAsync();
        await RefusesWhileServicesRunAsync(app);
        await sandbox.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        await CancelsWithoutATraceAsync(app);

        var origins = await app.MergeAsync("shards", new { database = "builder_originsrv", mode = "migrate", confirm = "main" });
        await AssertMergedAsync(app, origins, "builder_originsrv");
        var again = await app.MergeAsync("shards", new { database = "builder_originsrv", mode = "migrate", confirm = "main" });
        Assert.Equal("AlreadyMerged", Result(again, "outcome").GetString());
        Assert.Equal(origins.GetProperty("id").GetString(), Result(again, "merge").GetProperty("operationId").GetString());

        var early = await app.MergeAsync("databases", new { mode = "migrate", confirm = "main" });
        Assert.Equal("failed", early.GetProperty("state").GetString());
        Assert.Contains("DR7024: the shards of database 'builder_sessionsrv'", early.GetProperty("error").GetString(), StringComparison.Ordinal);

        await AssertMergedAsync(app, await app.MergeAsync("shards", new { database = "builder_sessionsrv", mode = "migrate", confirm = "main" }), "builder_sessionsrv");
        var one = await app.MergeAsync("databases", new { mode = "migrate", confirm = "main" });
        await AssertMergedAsync(app, one, "builder");
        Assert.Equal(sandbox.Size.Packages, await CountAsync("builder", "origin_packages WHERE ident_array = string_to_array(ident, '/')"));
        Assert.Equal(await CountAsync("builder_sessionsrv", "accounts"), await CountAsync("builder", "accounts"));
        Assert.Equal("AlreadyMerged", Result(await app.MergeAsync("databases", new { mode = "migrate", confirm = "main" }), "outcome").GetString());

        var merges = (await app.Process.GetAsync("/api/merges", Token)).GetProperty("merges");
        Assert.Equal(3, merges.GetArrayLength());
        Assert.Equal(3, merges.EnumerateArray().Select(merge => merge.GetProperty("backup").GetString()).Distinct(StringComparer.Ordinal).Count());
    }

    private async Task RefusesWhileServicesRunAsync(MergeApp app)
    {
        var plan = await app.MergeAsync("shards", new { database = "builder_originsrv" });
        Assert.Equal("Planned", Result(plan, "outcome").GetString());
        var problem = Assert.Single(Result(plan, "plan").GetProperty("problems").EnumerateArray());
        Assert.Equal("DR7020", problem.GetProperty("code").GetString());
        Assert.Contains("habitat/builder-api", problem.GetProperty("what").GetString(), StringComparison.Ordinal);

        var refused = await app.MergeAsync("shards", new { database = "builder_originsrv", mode = "migrate", confirm = "main" });
        Assert.Equal("failed", refused.GetProperty("state").GetString());
        Assert.Contains("DR7020", refused.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("builder_originsrv", "public.origins"));

        foreach (var body in new object[] { new { database = "builder" }, new { database = "builder_originsrv", mode = "migrate" }, new { database = "builder_originsrv", confirm = "main", mode = "go" } })
        {
            using var answer = await app.Process.Http.PostAsJsonAsync("/api/merges/shards", body, Token);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    private async Task CancelsWithoutATraceAsync(MergeApp app)
    {
        var accepted = await app.StartAsync("shards", new { database = "builder_originsrv", mode = "migrate", confirm = "main" });
        await app.Chain.WaitForPhaseAsync(accepted.GetProperty("id").GetString()!, "backup");
        await app.Process.PostAsync($"/api/operations/{accepted.GetProperty("id").GetString()}/cancel", new { reason = "second thoughts" }, Token);

        Assert.Equal("canceled", (await app.Chain.WaitAsync(accepted)).GetProperty("state").GetString());
        Assert.Equal(0, await CountAsync("builder_originsrv", "public.origins"));
        Assert.Equal(0, (await app.Process.GetAsync("/api/backups", Token)).GetProperty("backups").GetArrayLength());
    }

    private static async Task AssertMergedAsync(MergeApp app, JsonElement operation, string database)
    {
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        Assert.Equal("Merged", Result(operation, "outcome").GetString());
        var id = operation.GetProperty("id").GetString();
        var report = await app.Process.GetAsync($"/api/merges/{id}", Token);
        Assert.Equal(database, report.GetProperty("database").GetString());
        Assert.Equal(Result(operation, "merge").GetProperty("rows").GetInt64(), report.GetProperty("tables").EnumerateArray().Sum(table => table.GetProperty("rows").GetInt64()));
        Assert.All(report.GetProperty("tables").EnumerateArray(), table => Assert.Equal(table.GetProperty("sourceDigest").GetString(), table.GetProperty("digest").GetString()));
        var set = await app.Process.GetAsync($"/api/backups/{report.GetProperty("backup").GetString()}", Token);
        Assert.Contains("builder_originsrv", set.GetProperty("databases").EnumerateArray().Select(dump => dump.GetProperty("name").GetString()), StringComparer.Ordinal);
        Assert.Contains($"<code>{id}</code>", await app.Process.Http.GetStringAsync($"/api/merges/{id}?format=html", Token), StringComparison.Ordinal);
    }

    private static JsonElement Result(JsonElement operation, string name)
    {
        Assert.True(operation.TryGetProperty("result", out var result), operation.ToString());
        return result.GetProperty(name);
    }

    private async Task<long> CountAsync(string database, string relation)
    {
        await using var connection = await sandbox.Builder.Postgres.OpenAsync(database, Token);
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {relation}", connection);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
