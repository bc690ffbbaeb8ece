using System.Net;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Recovery;
using BuilderDrFunctions.ServerTests.Vault;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>What cannot be restored is refused with its own number before anything changes, on a vault in a folder, where a test can damage what lies in it.</summary>
public sealed class RestoreRefusalTests(ChainSandbox chain) : IClassFixture<ChainSandbox>, IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);
    private static readonly string[] DatabaseOnly = ["database"];
    private static readonly string[] KeysOnly = ["keys"];

    private readonly TemporaryFolder _folder = new("vault");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Damaged_newer_unknown_and_incomplete_sets_are_refused_before_anything_changes()
    {
        // Without an encryption key the set holds no keys.
        await using var app = await chain.StartAppAsync(
            ("Vault__Url", $"file://{_folder["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"), ("Vault__Encryption__Key", null));
        var set = await app.ManifestAsync(await app.BackUpAsync());
        var label = set.GetProperty("label").GetString()!;
        var folder = $"sets/sites/main/sets/{label}";
        var dump = _folder[$"{folder}/{set.GetProperty("databases")[0].GetProperty("path").GetString()}"];
        var manifest = _folder[$"{folder}/manifest.json"];
        var before = await StateAsync();

        await AssertFailsAsync(app, new { mode = "replace", confirm = "main", parts = KeysOnly }, "DR8035", "holds no keys");

        var whole = await File.ReadAllBytesAsync(dump, Token);
        await File.WriteAllBytesAsync(dump, whole[..^100], Token);
        await AssertFailsAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }, "DR8001", "bytes and not");
        var changed = whole.ToArray();
        changed[^1000] ^= 1;
        await File.WriteAllBytesAsync(dump, changed, Token);
        await AssertFailsAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }, "DR8001", "its SHA-256 is");
        await File.WriteAllBytesAsync(dump, whole, Token);

        var written = await File.ReadAllTextAsync(manifest, Token);
        var stored = JsonSerializer.Deserialize(written, CatalogJson.Of<BackupManifest>())!;
        await File.WriteAllBytesAsync(manifest, ManifestSeal.Write(stored with { Databases = [stored.Databases[0] with { ServerVersion = "99.1" }] }), Token);
        await AssertFailsAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }, "DR8007", "99.1");

        var longer = stored.Databases[0] with { Name = new string('b', 31) };
        await File.WriteAllBytesAsync(manifest, ManifestSeal.Write(stored with { Databases = [longer] }), Token);
        await AssertFailsAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }, "DR8034", $"'{longer.Name}' is longer than 30");
        await File.WriteAllBytesAsync(manifest, ManifestSeal.Write(stored with { Databases = [stored.Databases[0], longer] }), Token);
        await AssertFailsAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly, database = "other" }, "DR8051", $"'builder', '{longer.Name}'");
        await File.WriteAllTextAsync(manifest, written, Token);

        // A folder without its manifest is no set; one that expired is told by the retention's own tests.
        File.Delete(manifest);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => app.Process.PostAsync("/api/restores", new { backup = label, mode = "replace", confirm = "main" }, Token));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Contains("DR1007", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task Sessions_of_others_are_ended_only_when_that_was_asked_for()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var expected = (await TestSet.Access(chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest;
        await using var session = await chain.Builder.Postgres.OpenAsync("builder", Token);

        var id = (await app.Process.PostAsync("/api/restores", new { mode = "replace", confirm = "main", parts = DatabaseOnly, force = true }, Token)).GetProperty("id").GetString()!;
        var operation = await app.Process.WaitForOperationAsync(id, Longest, null, Token);

        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        await using var command = new NpgsqlCommand("SELECT 1", session);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(Token));
        Assert.Equal(expected, (await TestSet.Access(chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest);
        Assert.True(chain.Builder.Host.Supervisor.IsUp, "the API is down");
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{id}/previous", Token);
        Assert.True(dropped.IsSuccessStatusCode);
    }

    /// <summary>The day a restore is needed may be the day the vault's disk is full, or turned read-only after an error.</summary>
    [Theory]
    [InlineData(true, "DR5009", "read-only")]
    [InlineData(false, "DR5005", "is full")]
    public async Task A_vault_that_cannot_be_written_is_told_by_the_plan_and_refused_before_anything_is_restored(bool isReadOnly, string code, string names)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        await using var disk = await SmallDisk.MountAsync(_folder["disk"], megabytes: 16, Token);
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{disk.Folder}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"));
        await app.ManifestAsync(await app.BackUpAsync());
        await (isReadOnly ? disk.TurnReadOnlyAsync(Token) : disk.FillAsync(Token));
        var before = await StateAsync();

        var accepted = await app.Process.PostAsync("/api/restores", new { mode = "plan", parts = DatabaseOnly }, Token);
        var plan = await app.Process.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, Longest, null, Token);

        var problem = Assert.Single(plan.GetProperty("result").GetProperty("plan").GetProperty("problems").EnumerateArray());
        Assert.Equal(code, problem.GetProperty("code").GetString());
        await AssertFailsAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }, code, names);
        Assert.Equal(before, await StateAsync());
    }

    public void Dispose() => _folder.Dispose();

    private static async Task AssertFailsAsync(ChainApp app, object request, string code, string names)
    {
        var accepted = await app.Process.PostAsync("/api/restores", request, Token);
        var operation = await app.Process.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, Longest, null, Token);
        Assert.Equal("failed", operation.GetProperty("state").GetString());
        var error = operation.GetProperty("error").GetString()!;
        Assert.StartsWith(code, error, StringComparison.Ordinal);
        Assert.Contains(names, error, StringComparison.Ordinal);
        Assert.Contains("HINT: ", error, StringComparison.Ordinal);
    }

    /// <summary>Databases with what is in the live one, and how often the API went up or down: nothing of it may change.</summary>
    private async Task<string> StateAsync()
    {
        await using var connection = await chain.Builder.Postgres.OpenAsync("postgres", Token);
        await using var command = new NpgsqlCommand("SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database", connection);
        var names = await command.ExecuteScalarAsync(Token);
        var digest = (await TestSet.Access(chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest;
        return FormattableString.Invariant($"{names} {digest} {chain.Builder.Host.Supervisor.Transitions.Count}");
    }
}
