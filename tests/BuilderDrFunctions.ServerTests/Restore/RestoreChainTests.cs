using System.Globalization;
using System.Net;
using System.Text.Json;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Recovery;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>Restores as operators ask for them: a process, spoken to over HTTP.</summary>
public sealed class RestoreChainTests(ChainSandbox chain, ITestOutputHelper output) : IClassFixture<ChainSandbox>
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    private static readonly string[] DatabaseOnly = ["database"];
    private static readonly string[] KeysOnly = ["keys"];
    private static readonly string[] KeyFolders = ["svc/builder-api/files", "cache/keys"];
    private static readonly string[] OfTheMachine = ["svc/builder-api/config/config.toml", "sup/default/CTL_SECRET", "sup/default/specs/builder-api.spec", "user/builder-api/config/user.toml"];
    private static readonly string[] DatabaseAndKeys = ["database", "keys"];
    private static readonly string[] ArtifactsOnly = ["artifacts"];
    private static readonly string[] Data = ["database", "artifacts"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plan_says_what_would_be_done_and_does_nothing()
    {
        await using var app = await chain.StartAppAsync();
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
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        const string left = "builder_restoring_20261122t020000z_1a2b";
        await using var theirs = new TestDatabase(chain.Builder.Postgres, "their_restoring_place");
        await using var scratch = new TestDatabase(chain.Builder.Postgres, Servers.NewName("scratch"));
        await chain.Builder.Postgres.CreateDatabaseAsync(left, Token);
        await chain.Builder.Postgres.CreateDatabaseAsync(theirs.Name, Token);
        var server = TestSet.Access(chain.Builder.Postgres);

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
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var transitions = chain.Builder.Host.Supervisor.Transitions.Count;
        var name = Servers.NewName("scratch");
        await using var scratch = new TestDatabase(chain.Builder.Postgres, name);

        var result = Succeeded(await RestoreAsync(app, new { mode = "scratch", database = name, prefix = name + "/" }), app).GetProperty("result");

        await AssertSameAsync("builder", name);
        Assert.Equal(ChainSandbox.Packages, result.GetProperty("artifacts").GetProperty("copied").GetInt64());
        Assert.Equal(ChainSandbox.Packages, await CountAsync(name + "/"));
        Assert.Equal(transitions, chain.Builder.Host.Supervisor.Transitions.Count);
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
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var expected = await TestSet.Access(chain.Builder.Postgres).FingerprintAsync("builder", null, Token);
        await chain.Builder.Postgres.ExecuteAsync("builder", "DELETE FROM account_tokens", Token);
        var lost = chain.Builder.Generator.WithArtifacts().Take(7).Select(package => package.ArtifactKey).ToList();
        foreach (var key in lost)
        {
            await Artifacts.DeleteAsync(key, Token);
        }

        chain.Builder.Host.Supervisor.BringBeside("builder-minio", wanted: false);
        var told = chain.Builder.Host.Supervisor.Told.Count;

        var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main" }), app);

        var result = operation.GetProperty("result");
        output.WriteLine(result.ToString());
        Assert.Equal(expected.Digest, (await TestSet.Access(chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest);
        Assert.Equal(lost.Count, result.GetProperty("artifacts").GetProperty("copied").GetInt64());
        Assert.Equal(ChainSandbox.Packages, await CountAsync(""));
        Assert.True(chain.Builder.Host.Supervisor.IsUp, "the API is down");
        Assert.Equal(
            ["stop habitat/builder-api", "start habitat/builder-minio", "stop habitat/builder-memcached", "start habitat/builder-memcached", "start habitat/builder-api", "stop habitat/builder-api-proxy", "start habitat/builder-api-proxy"],
            chain.Builder.Host.Supervisor.Told.Skip(told),
            StringComparer.Ordinal);
        var previous = Assert.Single(result.GetProperty("previous").EnumerateArray()).GetString()!;
        Assert.Equal(0L, await ScalarAsync(previous, "SELECT count(*) FROM account_tokens"));

        var id = operation.GetProperty("id").GetString();
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{id}/previous", Token);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
        Assert.Null(await TestSet.Access(chain.Builder.Postgres).FindDatabaseAsync(previous, Token));
        using var again = await app.Process.Http.DeleteAsync($"/api/restores/{id}/previous", Token);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task A_replacement_by_a_role_of_its_own_belongs_to_Builders_role()
    {
        var role = Servers.NewName("builderdr");
        await chain.Builder.Postgres.ExecuteAsync(
            "postgres", $"CREATE ROLE {role} LOGIN PASSWORD '{chain.Builder.Postgres.Password}' CREATEDB; GRANT pg_read_all_data, pg_signal_backend TO {role}", Token);
        try
        {
            await using var app = await chain.StartAppAsync(
                ("Sites__main__Postgres__Host", chain.Builder.Postgres.Host), ("Sites__main__Postgres__Port", chain.Builder.Postgres.Port.ToString(CultureInfo.InvariantCulture)),
                ("Sites__main__Postgres__Username", role), ("Sites__main__Postgres__Password", chain.Builder.Postgres.Password));
            await app.ManifestAsync(await app.BackUpAsync());
            AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), "DR8014", $"GRANT \"hab\" TO \"{role}\"");
            await chain.Builder.Postgres.ExecuteAsync("postgres", $"GRANT hab TO {role}", Token);

            var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), app);

            Assert.Equal("hab", Assert.Single(operation.GetProperty("result").GetProperty("plan").GetProperty("databases").EnumerateArray()).GetProperty("owner").GetString());
            Assert.Equal(["hab"], await TestSet.Access(chain.Builder.Postgres).ListOwnersAsync("builder", Token));
            using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{operation.GetProperty("id").GetString()}/previous", Token);
            Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
        }
        finally
        {
            await chain.Builder.Postgres.ExecuteAsync("postgres", $"DROP ROLE {role}", CancellationToken.None);
        }
    }

    [Fact]
    public async Task An_API_that_does_not_come_up_on_what_was_restored_gets_its_former_database_back()
    {
        await using var app = await chain.StartAppAsync(("Sites__main__Service__StartTimeout", "00:00:02"));
        await app.ManifestAsync(await app.BackUpAsync());
        await chain.Builder.Postgres.ExecuteAsync("builder", "CREATE TABLE of_the_former_database ()", Token);
        var key = Path.Combine(chain.Builder.Host.Tree, "cache/keys", chain.Builder.Host.Settings.Keys[0].Name + ".box.key");
        var saved = await File.ReadAllTextAsync(key, Token);
        await File.WriteAllTextAsync(key, "another key", Token);
        // Restores that succeeded left copies there, which are the operator's.
        string[] Copies() => [.. Directory.GetFiles(Path.GetDirectoryName(key)!, Path.GetFileName(key) + "*").Order(StringComparer.Ordinal)];
        var copies = Copies();
        chain.Builder.Host.Supervisor.StatusCode = 500;
        try
        {
            var asked = new { mode = "replace", confirm = "main", parts = DatabaseAndKeys, overwriteKeys = true };
            var id = (await app.Process.PostAsync("/api/restores", asked, Token)).GetProperty("id").GetString()!;
            await app.WaitForPhaseAsync(id, "undo");
            chain.Builder.Host.Supervisor.StatusCode = 200;
            AssertFailed(await app.Process.WaitForOperationAsync(id, Longest, null, Token), "DR8042", "main");
        }
        finally
        {
            chain.Builder.Host.Supervisor.StatusCode = 200;
        }

        Assert.Equal(0L, await ScalarAsync("builder", "SELECT count(*) FROM of_the_former_database"));
        Assert.Equal("another key", await File.ReadAllTextAsync(key, Token));
        Assert.Equal(copies, Copies(), StringComparer.Ordinal);
        await File.WriteAllTextAsync(key, saved, Token);
        Assert.True(chain.Builder.Host.Supervisor.IsUp, "the API is down");
        await AssertNothingLeftAsync();
        await chain.Builder.Postgres.ExecuteAsync("builder", "DROP TABLE of_the_former_database", Token);
    }

    [Fact]
    public async Task What_cannot_work_is_refused_before_anything_changes()
    {
        await using var app = await chain.StartAppAsync(("Restore__DiskReserveBytes", "1000000000000000000"));
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
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        await using var session = await chain.Builder.Postgres.OpenAsync("builder", Token);

        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), "DR8032", "hab from");

        Assert.True(chain.Builder.Host.Supervisor.IsUp, "the API is down");
        await AssertNothingLeftAsync();
        await using var command = new NpgsqlCommand("SELECT 1", session);
        Assert.Equal(1, await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task Keys_come_back_to_a_host_that_lost_them_and_a_different_one_is_not_written_over()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var key = Path.Combine(chain.Builder.Host.Tree, "svc/builder-api/files", chain.Builder.Host.Settings.Keys[0].Name + ".box.key");
        var cached = key.Replace("svc/builder-api/files", "cache/keys", StringComparison.Ordinal);
        var content = await File.ReadAllTextAsync(key, Token);
        File.Delete(key);
        File.Delete(cached);

        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), "DR8038", chain.Builder.Host.Settings.Keys[0].Name);
        Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = KeysOnly }), app);
        Assert.Equal(content, await File.ReadAllTextAsync(key, Token));
        Assert.True(OperatingSystem.IsLinux() && File.GetUnixFileMode(key) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        await File.WriteAllTextAsync(key, content.Replace("BOX-SEC-1", "BOX-SEC-2", StringComparison.Ordinal), Token);
        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = KeysOnly }), "DR6041", chain.Builder.Host.Settings.Keys[0].Name);

        // The machine's own passwords and services are not the set's: what is no key stays.
        var ofTheMachine = OfTheMachine.Select(path => Path.Combine(chain.Builder.Host.Tree, path)).ToList();
        var before = ofTheMachine.ToDictionary(path => path, File.ReadAllText, StringComparer.Ordinal);
        foreach (var path in ofTheMachine)
        {
            await File.AppendAllTextAsync(path, "# later", Token);
        }

        var restored = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = KeysOnly, overwriteKeys = true }), app);
        Assert.Equal(content, await File.ReadAllTextAsync(key, Token));
        File.Delete(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(key)!, Path.GetFileName(key) + ".before-*")));
        Assert.Equal(ofTheMachine.Count, restored.GetProperty("result").GetProperty("keys").GetProperty("kept").GetArrayLength());
        foreach (var path in ofTheMachine)
        {
            Assert.Equal(before[path] + "# later", await File.ReadAllTextAsync(path, Token));
            await File.WriteAllTextAsync(path, before[path], Token);
        }
    }

    [Fact]
    public async Task A_key_that_is_written_over_is_judged_as_it_will_be()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var (first, second) = (chain.Builder.Host.Settings.Keys[0], chain.Builder.Host.Settings.Keys[1]);
        var keys = KeyFolders.Select(folder => Path.Combine(chain.Builder.Host.Tree, folder, first.Name + ".box.key")).ToList();
        foreach (var key in keys)
        {
            await File.WriteAllTextAsync(key, second.SecretFile.Replace(second.Name, first.Name, StringComparison.Ordinal), Token);
        }

        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseAndKeys }), "DR6041", first.Name);
        var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseAndKeys, overwriteKeys = true }), app);

        Assert.All(keys, key => Assert.Equal(first.SecretFile, File.ReadAllText(key)));
        // The copies are the operator's; other tests look for their own.
        foreach (var copy in keys.SelectMany(key => Directory.GetFiles(Path.GetDirectoryName(key)!, Path.GetFileName(key) + ".before-*")))
        {
            File.Delete(copy);
        }

        Assert.All(
            operation.GetProperty("result").GetProperty("keyCoverage").EnumerateArray(), key => Assert.Equal("covered", key.GetProperty("state").GetString(), ignoreCase: true));
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{operation.GetProperty("id").GetString()}/previous", Token);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
    }

    [Fact]
    public async Task Another_encryption_key_and_none_are_told_apart()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());

        await RestartAsync(app.Process, "Vault__Encryption__Key", Convert.ToBase64String(new byte[32]));
        AssertFailed(await RestoreAsync(app, new { mode = "scratch", parts = KeysOnly }), "DR5022", "key");
        await RestartAsync(app.Process, "Vault__Encryption__Key", null);
        AssertFailed(await RestoreAsync(app, new { mode = "scratch", parts = KeysOnly }), "DR8036", "encrypt");
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Objects_that_the_set_has_not_go_only_by_a_plan()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        await chain.Builder.S3.PutAsync(Bucket, "zz/extra.hart", "extra"u8.ToArray(), Token);

        // The database that stays may need it.
        var alone = Succeeded(await RestoreAsync(app, new { mode = "plan", parts = ArtifactsOnly, prune = true }), app);
        Assert.Equal("DR8048", Assert.Single(alone.GetProperty("result").GetProperty("plan").GetProperty("problems").EnumerateArray()).GetProperty("code").GetString());

        await AssertRefusedAsync(app, new { mode = "replace", confirm = "main", parts = Data, prune = true }, HttpStatusCode.BadRequest, "plan");
        var plan = Succeeded(await RestoreAsync(app, new { mode = "plan", parts = Data, prune = true }), app);
        Assert.Equal(1, plan.GetProperty("result").GetProperty("plan").GetProperty("artifacts").GetProperty("extra").GetInt64());
        var planned = plan.GetProperty("id").GetString();
        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = ArtifactsOnly, prune = true, plan = planned }), "DR8048", "live database");
        Assert.Equal(ChainSandbox.Packages + 1, await CountAsync(""));
        await chain.Builder.S3.PutAsync(Bucket, "zz/later.hart", "later"u8.ToArray(), Token);
        var pruned = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = Data, prune = true, plan = planned }), app);

        Assert.Equal(ChainSandbox.Packages + 1, await CountAsync(""));
        await Artifacts.DeleteAsync("zz/later.hart", Token);
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{pruned.GetProperty("id").GetString()}/previous", Token);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
    }

    [Fact]
    public async Task What_fails_after_the_swap_is_a_warning_of_a_restore_that_succeeded()
    {
        using var vault = new TemporaryFolder("vault");
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{vault["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"));
        await app.ManifestAsync(await app.BackUpAsync());
        var plan = Succeeded(await RestoreAsync(app, new { mode = "plan", parts = Data, prune = true }), app).GetProperty("id").GetString();
        Directory.Delete(vault[$"sets/sites/main/restores/{plan}"], recursive: true);

        var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = Data, prune = true, plan }), app);

        Assert.Contains(
            operation.GetProperty("result").GetProperty("warnings").EnumerateArray(),
            warning => warning.GetString()!.StartsWith("the bucket was not pruned to the end: DR", StringComparison.Ordinal));
        Assert.Equal(1, operation.GetProperty("result").GetProperty("previous").GetArrayLength());
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{operation.GetProperty("id").GetString()}/previous", Token);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
    }

    [Fact]
    public async Task A_new_machine_without_a_bucket_gets_one()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var bucket = Servers.NewName("newmachine");
        await RestartAsync(app.Process, "Sites__main__Artifacts__Bucket", bucket);

        var plan = Succeeded(await RestoreAsync(app, new { mode = "plan", parts = ArtifactsOnly }), app).GetProperty("result").GetProperty("plan");
        Assert.True(plan.GetProperty("createsBucket").GetBoolean());
        Assert.Contains("make the bucket, which is not there yet", Steps(plan), StringComparer.Ordinal);
        Assert.False(await In(bucket).ExistsAsync(Token));

        Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = ArtifactsOnly }), app);

        Assert.Equal(ChainSandbox.Packages, await In(bucket).ListAsync("", null, Token).CountAsync(Token));
    }

    private S3ObjectStore Artifacts => In(Bucket);

    private S3ObjectStore In(string bucket) => new(
        new ArtifactsOptions { Endpoint = chain.Builder.S3.Url, Bucket = bucket, AccessKey = chain.Builder.S3.AccessKey, SecretKey = chain.Builder.S3.SecretKey }, TimeProvider.System);

    private static string Bucket => "habitat-builder-artifact-store.local";

    private static async Task RestartAsync(AppProcess app, string name, string? value)
    {
        await app.StopAsync();
        app.Settings[name] = value;
        await app.StartAsync(Token);
    }

    private static async Task<JsonElement> RestoreAsync(ChainApp app, object request)
    {
        var accepted = await app.Process.PostAsync("/api/restores", request, Token);
        return await app.Process.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, Longest, null, Token);
    }

    private static JsonElement Succeeded(JsonElement operation, ChainApp app)
    {
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        return operation;
    }

    private static void AssertFailed(JsonElement operation, string code, string names)
    {
        Assert.Equal("failed", operation.GetProperty("state").GetString());
        Assert.StartsWith(code, operation.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains(names, operation.GetProperty("error").GetString()!, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task AssertRefusedAsync(ChainApp app, object request, HttpStatusCode status, string names)
    {
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => app.Process.PostAsync("/api/restores", request, Token));
        Assert.Equal(status, refused.StatusCode);
        Assert.Contains(names, refused.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Steps(JsonElement plan) => plan.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("what").GetString()!);

    private async Task AssertSameAsync(string expected, string actual)
    {
        var server = TestSet.Access(chain.Builder.Postgres);
        Assert.Equal((await server.FingerprintAsync(expected, null, Token)).Digest, (await server.FingerprintAsync(actual, null, Token)).Digest);
    }

    private async Task AssertNothingLeftAsync() =>
        Assert.Equal(0L, await ScalarAsync("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE '%\\_restoring\\_%'"));

    /// <summary>Databases, objects and the API's history: what a plan must not change.</summary>
    private async Task<string> StateAsync()
    {
        var databases = await ScalarAsync("postgres", "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database");
        var objects = await CountAsync("");
        return string.Create(CultureInfo.InvariantCulture, $"{databases} {objects} {chain.Builder.Host.Supervisor.Transitions.Count}");
    }

    private async Task<object?> ScalarAsync(string database, string sql)
    {
        await using var connection = await chain.Builder.Postgres.OpenAsync(database, Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }

    private async Task<int> CountAsync(string prefix) => await Artifacts.ListAsync(prefix, null, Token).CountAsync(Token);
}
