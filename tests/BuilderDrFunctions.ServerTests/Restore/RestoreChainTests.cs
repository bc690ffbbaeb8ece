using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Recovery;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>Restores as operators ask for them: a process, spoken to over HTTP.</summary>
public sealed class RestoreChainTests(ChainSandbox chain, ITestOutputHelper output) : RestoreRequests(chain)
{
    [Fact]
    public async Task A_plan_says_what_would_be_done_and_does_nothing()
    {
        await using var app = await Chain.StartAppAsync();
        var set = await app.ManifestAsync(await app.BackUpAsync());
        var before = await StateAsync();

        var plan = Succeeded(await RestoreAsync(app, new { mode = "plan" }), app).GetProperty("result").GetProperty("plan");

        Assert.Equal(set.GetProperty("label").GetString(), plan.GetProperty("label").GetString());
        Assert.Equal(0, plan.GetProperty("problems").GetArrayLength());
        Assert.Equal(0, plan.GetProperty("artifacts").GetProperty("toCopy").GetInt64());
        Assert.Contains(Steps(plan), step => step.StartsWith("rename 'builder' to 'builder_before_", StringComparison.Ordinal));
        Assert.Contains("stop the API", Steps(plan), StringComparer.Ordinal);
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task What_a_terminated_restore_left_is_dropped_by_the_next_one_and_nothing_else()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        const string left = "builder_restoring_20261122t020000z_1a2b";
        await using var theirs = new TestDatabase(Chain.Builder.Postgres, "their_restoring_place");
        await using var scratch = new TestDatabase(Chain.Builder.Postgres, Servers.NewName("scratch"));
        await Chain.Builder.Postgres.CreateDatabaseAsync(left, Token);
        await Chain.Builder.Postgres.CreateDatabaseAsync(theirs.Name, Token);
        var server = TestSet.Access(Chain.Builder.Postgres);

        var plan = Succeeded(await RestoreAsync(app, new { mode = "plan", parts = DatabaseOnly }), app).GetProperty("result").GetProperty("plan");
        Assert.Contains(plan.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.StartsWith($"'{left}' is left", StringComparison.Ordinal));
        Assert.Contains(left, await server.ListDatabasesAsync(Token), StringComparer.Ordinal);

        Succeeded(await RestoreAsync(app, new { mode = "scratch", parts = DatabaseOnly, database = scratch.Name }), app);
        Assert.DoesNotContain(left, await server.ListDatabasesAsync(Token), StringComparer.Ordinal);
        Assert.Contains(theirs.Name, await server.ListDatabasesAsync(Token), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_scratch_restore_leaves_what_is_live_alone()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var transitions = Chain.Builder.Host.Supervisor.Transitions.Count;
        var name = Servers.NewName("scratch");
        await using var scratch = new TestDatabase(Chain.Builder.Postgres, name);

        var result = Succeeded(await RestoreAsync(app, new { mode = "scratch", database = name, prefix = name + "/" }), app).GetProperty("result");

        await AssertSameAsync("builder", name);
        Assert.Equal(ChainSandbox.Packages, result.GetProperty("artifacts").GetProperty("copied").GetInt64());
        Assert.Equal(ChainSandbox.Packages, await CountAsync(name + "/"));
        Assert.Equal(transitions, Chain.Builder.Host.Supervisor.Transitions.Count);
        Assert.All(result.GetProperty("keyCoverage").EnumerateArray(), key => Assert.Equal("covered", key.GetProperty("state").GetString(), ignoreCase: true));

        // The same once more is refused: the name is taken by now.
        AssertFailed(await RestoreAsync(app, new { mode = "scratch", database = name, prefix = name + "/" }), "DR8031", name);
        foreach (var copy in await Artifacts.ListAsync(name + "/", null, Token).ToListAsync(Token))
        {
            await Artifacts.DeleteAsync(copy.Key, Token);
        }
    }

    [Fact]
    public async Task A_replacement_brings_back_what_was_lost_and_keeps_the_former_database_until_told()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var expected = await TestSet.Access(Chain.Builder.Postgres).FingerprintAsync("builder", null, Token);
        await Chain.Builder.Postgres.ExecuteAsync("builder", "DELETE FROM account_tokens", Token);
        var lost = Chain.Builder.Generator.WithArtifacts().Take(7).Select(package => package.ArtifactKey).ToList();
        foreach (var key in lost)
        {
            await Artifacts.DeleteAsync(key, Token);
        }

        Chain.Builder.Host.Supervisor.BringBeside("builder-minio", wanted: false);
        var told = Chain.Builder.Host.Supervisor.Told.Count;

        var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main" }), app);

        var result = operation.GetProperty("result");
        output.WriteLine(result.ToString());
        Assert.Equal(expected.Digest, (await TestSet.Access(Chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest);
        Assert.Equal(lost.Count, result.GetProperty("artifacts").GetProperty("copied").GetInt64());
        Assert.Equal(ChainSandbox.Packages, await CountAsync(""));
        Assert.True(Chain.Builder.Host.Supervisor.IsUp, "the API is down");
        Assert.Equal(
            ["stop habitat/builder-api", "start habitat/builder-minio", "stop habitat/builder-memcached", "start habitat/builder-memcached", "start habitat/builder-api", "stop habitat/builder-api-proxy", "start habitat/builder-api-proxy"],
            Chain.Builder.Host.Supervisor.Told.Skip(told),
            StringComparer.Ordinal);
        var previous = Assert.Single(result.GetProperty("previous").EnumerateArray()).GetString()!;
        Assert.Equal(0L, await ScalarAsync(previous, "SELECT count(*) FROM account_tokens"));

        var id = operation.GetProperty("id").GetString();
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{id}/previous", Token);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
        Assert.Null(await TestSet.Access(Chain.Builder.Postgres).FindDatabaseAsync(previous, Token));
        using var again = await app.Process.Http.DeleteAsync($"/api/restores/{id}/previous", Token);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.Equal("DR8046", (await again.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_replacement_by_a_role_of_its_own_belongs_to_Builders_role()
    {
        var role = Servers.NewName("builderdr");
        await Chain.Builder.Postgres.ExecuteAsync(
            "postgres", $"CREATE ROLE {role} LOGIN PASSWORD '{Chain.Builder.Postgres.Password}'; GRANT pg_read_all_data, pg_signal_backend TO {role}", Token);
        try
        {
            await using var app = await Chain.StartAppAsync(
                ("Sites__main__Postgres__Host", Chain.Builder.Postgres.Host), ("Sites__main__Postgres__Port", Chain.Builder.Postgres.Port.ToString(CultureInfo.InvariantCulture)),
                ("Sites__main__Postgres__Username", role), ("Sites__main__Postgres__Password", Chain.Builder.Postgres.Password), ("Sites__main__Postgres__Owner", "nobody"));
            await app.ManifestAsync(await app.BackUpAsync());
            var refused = await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly });
            AssertFailed(refused, "DR8030", $"DR8009: role '{role}' may not create databases on");
            AssertFailed(refused, "DR8030", "DR8013: role 'nobody', which Builder's database is to belong to, does not exist");
            AssertFailed(refused, "DR8030", $"ALTER ROLE \"{role}\" CREATEDB; create it as Builder's installer would");

            await Chain.Builder.Postgres.ExecuteAsync("postgres", $"ALTER ROLE {role} CREATEDB", Token);
            await RestartAsync(app.Process, "Sites__main__Postgres__Owner", null);
            AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), "DR8014", $"GRANT \"hab\" TO \"{role}\"");
            await Chain.Builder.Postgres.ExecuteAsync("postgres", $"GRANT hab TO {role}", Token);

            var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), app);

            Assert.Equal("hab", Assert.Single(operation.GetProperty("result").GetProperty("plan").GetProperty("databases").EnumerateArray()).GetProperty("owner").GetString());
            Assert.Equal(["hab"], await TestSet.Access(Chain.Builder.Postgres).ListOwnersAsync("builder", Token));
            using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{operation.GetProperty("id").GetString()}/previous", Token);
            Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
        }
        finally
        {
            await Chain.Builder.Postgres.ExecuteAsync("postgres", $"DROP ROLE {role}", CancellationToken.None);
        }
    }

    [Fact]
    public async Task An_API_that_does_not_come_up_on_what_was_restored_gets_its_former_database_back()
    {
        await using var app = await Chain.StartAppAsync(("Sites__main__Service__StartTimeout", "00:00:02"));
        await app.ManifestAsync(await app.BackUpAsync());
        await Chain.Builder.Postgres.ExecuteAsync("builder", "CREATE TABLE of_the_former_database ()", Token);
        var key = Path.Combine(Chain.Builder.Host.Tree, "cache/keys", Chain.Builder.Host.Settings.Keys[0].Name + ".box.key");
        var saved = await File.ReadAllTextAsync(key, Token);
        await File.WriteAllTextAsync(key, "another key", Token);
        // Restores that succeeded left copies there, which are the operator's.
        string[] Copies() => [.. Directory.GetFiles(Path.GetDirectoryName(key)!, Path.GetFileName(key) + "*").Order(StringComparer.Ordinal)];
        var copies = Copies();
        Chain.Builder.Host.Supervisor.StatusCode = 500;
        try
        {
            var asked = new { mode = "replace", confirm = "main", parts = DatabaseAndKeys, overwriteKeys = true };
            var id = (await app.Process.PostAsync("/api/restores", asked, Token)).GetProperty("id").GetString()!;
            await app.WaitForPhaseAsync(id, "undo");
            Chain.Builder.Host.Supervisor.StatusCode = 200;
            AssertFailed(await app.Process.WaitForOperationAsync(id, Longest, null, Token), "DR8042", "main");
        }
        finally
        {
            Chain.Builder.Host.Supervisor.StatusCode = 200;
        }

        Assert.Equal(0L, await ScalarAsync("builder", "SELECT count(*) FROM of_the_former_database"));
        Assert.Equal("another key", await File.ReadAllTextAsync(key, Token));
        Assert.Equal(copies, Copies(), StringComparer.Ordinal);
        await File.WriteAllTextAsync(key, saved, Token);
        Assert.True(Chain.Builder.Host.Supervisor.IsUp, "the API is down");
        await AssertNothingLeftAsync();
        await Chain.Builder.Postgres.ExecuteAsync("builder", "DROP TABLE of_the_former_database", Token);
    }

    [Fact]
    public async Task An_API_that_was_down_before_and_does_not_come_up_is_down_again_on_its_former_database()
    {
        await using var app = await Chain.StartAppAsync(("Sites__main__Service__StartTimeout", "00:00:02"));
        await app.ManifestAsync(await app.BackUpAsync());
        await Chain.Builder.Postgres.ExecuteAsync("builder", "CREATE TABLE of_the_former_database ()", Token);
        await Chain.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        Chain.Builder.Host.Supervisor.StatusCode = 500;
        try
        {
            AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), "DR8042", "main");
        }
        finally
        {
            Chain.Builder.Host.Supervisor.StatusCode = 200;
        }

        Assert.Equal(0L, await ScalarAsync("builder", "SELECT count(*) FROM of_the_former_database"));
        Assert.False(Chain.Builder.Host.Supervisor.IsUp, "an API that was down was left running");
        await AssertNothingLeftAsync();
        await Chain.Builder.Host.Supervisor.BringAsync(wanted: true, Token);
        await Chain.Builder.Postgres.ExecuteAsync("builder", "DROP TABLE of_the_former_database", Token);
    }

    [Fact]
    public async Task An_API_that_ends_right_after_each_start_is_stopped_for_the_swap_and_started_on_what_was_restored()
    {
        await using var app = await Chain.StartAppAsync(("Sites__main__Service__StartTimeout", "00:00:05"));
        await app.ManifestAsync(await app.BackUpAsync());
        var supervisor = Chain.Builder.Host.Supervisor;
        await supervisor.FailAsync(Token);
        try
        {
            // What fails before the swap leaves it as it was: wanted up, and not for long.
            await using (await Chain.Builder.Postgres.OpenAsync("builder", Token))
            {
                AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), "DR8043", "before that, DR8032");
            }

            Assert.True(supervisor.IsWanted, "the API was left stopped");
            var told = supervisor.Told.Count;
            var id = (await app.Process.PostAsync("/api/restores", new { mode = "replace", confirm = "main", parts = DatabaseOnly }, Token)).GetProperty("id").GetString()!;
            await app.WaitForPhaseAsync(id, "start API");
            supervisor.StartFails = false;
            var operation = Succeeded(await app.Process.WaitForOperationAsync(id, Longest, null, Token), app);

            Assert.Contains("stop habitat/builder-api", supervisor.Told.Skip(told), StringComparer.Ordinal);
            Assert.Contains("stop the API", Steps(operation.GetProperty("result").GetProperty("plan")), StringComparer.Ordinal);
            Assert.True(supervisor.IsUp, "the API is down");
            using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{id}/previous", Token);
            Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
        }
        finally
        {
            supervisor.StartFails = false;
            await supervisor.BringAsync(wanted: true, CancellationToken.None);
        }

        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task What_cannot_work_is_refused_before_anything_changes()
    {
        await using var app = await Chain.StartAppAsync(("Restore__DiskReserveBytes", "1000000000000000000"));
        var set = await app.ManifestAsync(await app.BackUpAsync());
        var before = await StateAsync();

        await AssertRefusedAsync(app, new { backup = "20200101T000000Z-gone-1a2b", mode = "scratch" }, HttpStatusCode.NotFound, "DR1007");
        await AssertRefusedAsync(app, new { backup = new { asOf = "2020-01-01T00:00:00Z" } }, HttpStatusCode.NotFound, "DR1007");
        await AssertRefusedAsync(app, new { mode = "replace" }, HttpStatusCode.BadRequest, "confirm");
        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main" }), "DR8010", "are free");

        var plan = Succeeded(await RestoreAsync(app, new { backup = set.GetProperty("label").GetString() }), app).GetProperty("result").GetProperty("plan");
        Assert.Equal("DR8010", Assert.Single(plan.GetProperty("problems").EnumerateArray()).GetProperty("code").GetString());
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task A_session_of_somebody_else_is_named_and_the_API_comes_back()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        await using var session = await Chain.Builder.Postgres.OpenAsync("builder", Token);

        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), "DR8032", "hab from");

        Assert.True(Chain.Builder.Host.Supervisor.IsUp, "the API is down");
        await AssertNothingLeftAsync();
        await using var command = new NpgsqlCommand("SELECT 1", session);
        Assert.Equal(1, await command.ExecuteScalarAsync(Token));
    }
}
