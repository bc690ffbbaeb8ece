using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Chain;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>Verifications and drills as operators ask for them, on a vault in a folder, where a test can damage what lies in it.</summary>
public sealed class DrillChainTests(ChainSandbox chain, ITestOutputHelper output) : IClassFixture<ChainSandbox>, IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    private readonly TemporaryFolder _folder = new("vault");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_whole_set_passes_both_and_each_damage_gets_its_own_verdict()
    {
        await using var app = await chain.StartAppAsync(
            ("Vault__Url", $"file://{_folder["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"),
            ("Drill__SampleArtifacts", "100000"), ("Objectives__Rto", "01:00:00"));
        var set = await app.ManifestAsync(await app.BackUpAsync());
        var label = set.GetProperty("label").GetString()!;

        var verified = await RunAsync(app, $"/api/backups/{label}/verify");
        Assert.True(verified.GetProperty("passed").GetBoolean(), verified.ToString());
        Assert.Equal(ChainSandbox.Packages, verified.GetProperty("objects").GetInt64());
        AssertProof(await ProofAsync(app, label), verified: true, drilled: null);

        var flipped = Directory.EnumerateFiles(_folder["sets/sites/main/objects"], "*", SearchOption.AllDirectories).Last();
        await FlipAsync(flipped);
        var one = await RunAsync(app, $"/api/backups/{label}/verify");
        Assert.Equal(1, one.GetProperty("findings").GetInt64());
        Assert.Contains("DR8005", one.GetProperty("first")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains("its SHA-256 is", one.GetProperty("first")[0].GetString(), StringComparison.Ordinal);
        AssertProof(await ProofAsync(app, label), verified: false, drilled: null);
        await FlipAsync(flipped);

        var passed = await RunAsync(app, "/api/drills");
        output.WriteLine(passed.ToString());
        Assert.True(passed.GetProperty("passed").GetBoolean(), passed.ToString());
        Assert.Equal(ChainSandbox.Packages, passed.GetProperty("sampledArtifacts").GetInt64());
        Assert.Equal(chain.Builder.Host.Settings.Keys.Count, passed.GetProperty("keys").GetInt32());
        AssertProof(await ProofAsync(app, label), verified: false, drilled: true);

        File.Delete(Directory.EnumerateFiles(_folder["sets/sites/main/objects"], "*", SearchOption.AllDirectories).First());
        var dump = _folder[$"sets/sites/main/sets/{label}/{set.GetProperty("databases")[0].GetProperty("path").GetString()}"];
        var whole = await File.ReadAllBytesAsync(dump, Token);
        var damaged = whole.ToArray();
        damaged[^1000] ^= 1;
        await File.WriteAllBytesAsync(dump, damaged, Token);

        var found = await RunAsync(app, $"/api/backups/{label}/verify");
        Assert.Equal(2, found.GetProperty("findings").GetInt64());
        Assert.Contains(found.GetProperty("first").EnumerateArray(), first => first.GetString()!.Contains("DR8006: artifact '", StringComparison.Ordinal));
        Assert.Equal(["artifactMissing", "dumpDamaged"], await KindsAsync(app));
        AssertProof(await ProofAsync(app, label), verified: false, drilled: false);
        Assert.Equal(3, (await app.Process.GetAsync($"/api/backups/{label}/verdicts", Token)).GetProperty("verdicts").GetArrayLength());

        // The set is whole again but for the artifact; its database now wants a key that the set never had.
        await File.WriteAllBytesAsync(dump, whole, Token);
        await AssertMissingKeyIsFoundAsync(app);

        Assert.Equal(3, (await app.Process.GetAsync("/api/drills", Token)).GetProperty("drills").GetArrayLength());
        Assert.Equal(0L, await LeftAsync(chain.Builder.Postgres));
    }

    [Fact]
    public async Task A_drill_that_is_killed_goes_on_to_its_verdict_and_no_database_stays_behind()
    {
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{_folder["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"));
        await app.ManifestAsync(await app.BackUpAsync());

        // What a drill left whose instance was purged before it could drop it: the next one does.
        await chain.Builder.Postgres.CreateDatabaseAsync("builder_drill_20200101t000000z_1a2b_0", Token);
        var id = (await app.Process.PostAsync("/api/drills", new { }, Token)).GetProperty("id").GetString()!;
        await app.WaitForPhaseAsync(id, "restore database");
        Assert.True(await Condition.TryAwaitAsync(async _ => (long)(await LeftAsync(chain.Builder.Postgres))! > 0, Longest, Token), "the drill made no database");
        await app.Process.KillAsync();
        await app.Process.StartAsync(Token);

        var operation = await app.Process.WaitForOperationAsync(id, Longest, null, Token);
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        Assert.True(operation.GetProperty("result").GetProperty("passed").GetBoolean(), operation.ToString());
        Assert.Equal(0L, await LeftAsync(chain.Builder.Postgres));
    }

    [Fact]
    public async Task A_package_whose_artifact_is_not_in_the_set_is_named()
    {
        // A sample of nothing: what is missing is found without it.
        await using var app = await chain.StartAppAsync(
            ("Vault__Url", $"file://{_folder["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"), ("Drill__SampleArtifacts", "0"));
        await LengthenIdentAsync();
        try
        {
            await app.ManifestAsync(await app.BackUpAsync());
            var drill = await RunAsync(app, "/api/drills");
            var finding = Assert.Single(drill.GetProperty("findings").EnumerateArray());
            Assert.Equal("artifactMissing", JsonNamingPolicy.CamelCase.ConvertName(finding.GetProperty("kind").GetString()!));
            Assert.Contains("' is not in the set, and the restored database has its package", finding.GetProperty("what").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            await ShortenIdentAsync();
        }
    }

    [Fact]
    public async Task A_drill_that_would_fill_the_server_s_disk_is_not_begun()
    {
        await using var app = await chain.StartAppAsync(
            ("Vault__Url", $"file://{_folder["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"),
            ("Restore__DiskReserveBytes", "1000000000000000000"));
        await app.ManifestAsync(await app.BackUpAsync());

        var drill = await app.WaitAsync(await app.Process.PostAsync("/api/drills", new { }, Token));

        Assert.Equal("failed", drill.GetProperty("state").GetString());
        Assert.Contains("DR8061", drill.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(0L, await LeftAsync(chain.Builder.Postgres));
    }

    public void Dispose() => _folder.Dispose();

    private async Task AssertMissingKeyIsFoundAsync(ChainApp app)
    {
        var rewound = await RevisionAsync();
        await SetRevisionAsync("20190101000000");
        try
        {
            await app.ManifestAsync(await app.BackUpAsync());
            Assert.Contains("keyMissing", await KindsAsync(app), StringComparer.Ordinal);
        }
        finally
        {
            await SetRevisionAsync(rewound);
        }
    }

    private Task LengthenIdentAsync() => chain.Builder.Postgres.ExecuteAsync(
        "builder", "UPDATE origin_packages SET ident = ident || '99' WHERE id = (SELECT min(id) FROM origin_packages)", Token);

    private Task ShortenIdentAsync() => chain.Builder.Postgres.ExecuteAsync(
        "builder", "UPDATE origin_packages SET ident = left(ident, -2) WHERE id = (SELECT min(id) FROM origin_packages)", Token);

    private async Task<string> RevisionAsync()
    {
        await using var connection = await chain.Builder.Postgres.OpenAsync("builder", Token);
        await using var command = new NpgsqlCommand("SELECT encryption_key_rev FROM origin_secret_keys ORDER BY id LIMIT 1", connection);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }

    private Task SetRevisionAsync(string revision) => chain.Builder.Postgres.ExecuteAsync(
        "builder", $"UPDATE origin_secret_keys SET encryption_key_rev = '{revision}' WHERE id = (SELECT min(id) FROM origin_secret_keys)", Token);

    private static async Task FlipAsync(string path)
    {
        var content = await File.ReadAllBytesAsync(path, Token);
        content[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, content, Token);
    }

    /// <summary>What the list and the set itself say of it, which must be the same.</summary>
    private static async Task<JsonElement> ProofAsync(ChainApp app, string label)
    {
        var one = (await app.Process.GetAsync($"/api/backups/{label}", Token)).GetProperty("proof");
        var listed = (await app.Process.GetAsync("/api/backups", Token)).GetProperty("backups").EnumerateArray().Single(set => set.GetProperty("label").GetString() == label);
        Assert.True(JsonElement.DeepEquals(one, listed.GetProperty("proof")), $"{one}, but in the list {listed}");
        return one;
    }

    private static void AssertProof(JsonElement proof, bool? verified, bool? drilled)
    {
        Assert.Equal(verified, Passed("verified"));
        Assert.Equal(drilled, Passed("drilled"));

        bool? Passed(string kind) => proof.TryGetProperty(kind, out var verdict) ? verdict.GetProperty("passed").GetBoolean() : null;
    }

    private static async Task<string[]> KindsAsync(ChainApp app)
    {
        var verdict = await RunAsync(app, "/api/drills");
        Assert.False(verdict.GetProperty("passed").GetBoolean());
        return [.. verdict.GetProperty("findings").EnumerateArray()
            .Select(finding => JsonNamingPolicy.CamelCase.ConvertName(finding.GetProperty("kind").GetString()!)).Order(StringComparer.Ordinal)];
    }

    private static async Task<JsonElement> RunAsync(ChainApp app, string path)
    {
        var accepted = await app.Process.PostAsync(path, new { }, Token);
        var operation = await app.Process.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, Longest, null, Token);
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        return operation.GetProperty("result");
    }

    private static async Task<object?> LeftAsync(PostgresCluster cluster)
    {
        await using var connection = await cluster.OpenAsync("postgres", Token);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_database WHERE datname LIKE 'builder\\_drill\\_%'", connection);
        return await command.ExecuteScalarAsync(Token);
    }
}
