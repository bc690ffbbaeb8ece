using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Logging.Abstractions;
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
        await TellsAllThatStandsAgainstItAsync();
        await using var app = await sandbox.StartAppAsync();
        await RefusesWhileServicesRunAsync(app);
        await sandbox.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        await CancelsWithoutATraceAsync(app);

        var origins = await app.MergeAsync("shards", new { database = "builder_originsrv", mode = "migrate", confirm = "main" });
        await AssertMergedAsync(app, origins, "builder_originsrv");
        await SaysThatSomeoneElseMergedAsync();
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

    private async Task TellsAllThatStandsAgainstItAsync()
    {
        await using var app = await sandbox.StartAppAsync(("Merge__DiskReserveBytes", "1000000000000000000"));
        var refused = await app.MergeAsync("shards", new { database = "builder_originsrv", mode = "migrate", confirm = "main" });
        Assert.Equal("failed", refused.GetProperty("state").GetString());
        var error = refused.GetProperty("error").GetString()!;
        Assert.StartsWith("DR7001: database 'builder_originsrv' cannot be merged so, nothing was changed: DR7020: ", error, StringComparison.Ordinal);
        Assert.Matches("; DR7015: the disk of [^ ]+.* has [0-9]+ bytes free, and the merge needs about 1000000000", error);
        Assert.Matches("HINT: stop them: hab svc stop habitat/builder-api.*; free or add disk space", error);
        Assert.Equal(0, await CountAsync("builder_originsrv", "public.origins"));
    }

    /// <summary>Someone may merge between a run's last look and its transaction: then there is a flag, and no report of this run.</summary>
    private async Task SaysThatSomeoneElseMergedAsync()
    {
        using var folder = new TemporaryFolder("vault");
        var reports = new MergeReports(new FolderVault(folder["vault"], createIfMissing: true, TimeProvider.System));
        var activity = new MergeShards(new OneSite(sandbox.Builder.Postgres), reports, TimeProvider.System, NullLogger<MergeShards>.Instance);
        var order = new MergeOrder("merge-20261122T030000Z-main-1a2b", "main", MergeKind.Shards, "builder_originsrv", MergeMode.Migrate, "backup", "label");
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => activity.RunAsync(new MergeStepOrder(order, "label"), client: null!, Token));
        Assert.Equal("DR7032", fault.Code);
        Assert.Contains("'builder_originsrv'", fault.What, StringComparison.Ordinal);
    }

    private static async Task RefusesWhileServicesRunAsync(MergeApp app)
    {
        var plan = await app.MergeAsync("shards", new { database = "builder_originsrv" });
        Assert.Equal("Planned", Result(plan, "outcome").GetString());
        var problem = Assert.Single(Result(plan, "plan").GetProperty("problems").EnumerateArray());
        Assert.Equal("DR7020", problem.GetProperty("code").GetString());
        Assert.Contains("habitat/builder-api", problem.GetProperty("what").GetString(), StringComparison.Ordinal);
        using var unknown = await app.Process.Http.GetAsync($"/api/merges/{plan.GetProperty("id").GetString()}", Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("DR7033", (await unknown.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("code").GetString());

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
