using System.Net;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Cli;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>Artifacts that a restore brings back to a bucket, or takes out of it by a plan.</summary>
public sealed class RestoreArtifactsTests(ChainSandbox chain) : RestoreRequests(chain)
{
    private static readonly string[] ArtifactsOnly = ["artifacts"];
    private static readonly string[] Data = ["database", "artifacts"];

    [Fact]
    public async Task Objects_that_the_set_has_not_go_only_by_a_plan()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        await Chain.Builder.S3.PutAsync(Bucket, "zz/extra.hart", "extra"u8.ToArray(), Token);
        await Chain.Builder.S3.PutAsync(Bucket, "zz/again.hart", "again"u8.ToArray(), Token);

        // The database that stays may need it.
        var alone = Succeeded(await RestoreAsync(app, new { mode = "plan", parts = ArtifactsOnly, prune = true }), app);
        Assert.Equal("DR8048", Assert.Single(alone.GetProperty("result").GetProperty("plan").GetProperty("problems").EnumerateArray()).GetProperty("code").GetString());

        await AssertRefusedAsync(app, new { mode = "replace", confirm = "main", parts = Data, prune = true }, HttpStatusCode.BadRequest, "plan");
        var plan = await app.TellAsync(0, "remove 2 objects from the bucket that the set has not", "restore", "--plan", "--prune", "--parts", "database", "artifacts");
        var planned = CliRun.OperationIn(plan.Output);
        Assert.Contains($"--parts database artifacts --prune-plan {planned} --replace --confirm main", plan.Output, StringComparison.Ordinal);
        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = ArtifactsOnly, prune = true, plan = planned }), "DR8048", "live database");
        Assert.Equal(ChainSandbox.Packages + 2, await CountAsync(""));
        await UploadAgainAsync("zz/again.hart", "again"u8.ToArray());
        await Chain.Builder.S3.PutAsync(Bucket, "zz/later.hart", "later"u8.ToArray(), Token);
        var pruned = CliRun.OperationIn((await app.TellAsync(
            0, "the former database is kept as ", "restore", "--parts", "database", "artifacts", "--prune-plan", planned, "--replace", "--confirm", "main")).Output);

        Assert.Equal(ChainSandbox.Packages + 2, await CountAsync(""));
        Assert.Equal(["zz/again.hart", "zz/later.hart"], await Artifacts.ListAsync("zz/", null, Token).Select(entry => entry.Key).ToListAsync(Token));
        await Artifacts.DeleteAsync("zz/again.hart", Token);
        await Artifacts.DeleteAsync("zz/later.hart", Token);
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{pruned}/previous", Token);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
    }

    [Fact]
    public async Task What_fails_after_the_swap_is_a_warning_of_a_restore_that_succeeded()
    {
        using var vault = new TemporaryFolder("vault");
        await using var app = await Chain.StartAppAsync(("Vault__Url", $"file://{vault["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"));
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
    public async Task An_artifact_that_bucket_and_vault_both_lost_is_named_and_the_others_come_back()
    {
        using var folder = new TemporaryFolder("vault");
        await using var app = await Chain.StartAppAsync(("Vault__Url", $"file://{folder["sets"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true"));
        await app.ManifestAsync(await app.BackUpAsync());
        var keys = Chain.Builder.Generator.WithArtifacts().Take(3).Select(package => package.ArtifactKey).ToList();
        var stored = await StoredFileAsync(folder["sets/sites/main/objects"], keys[0]);
        File.Move(stored, folder["aside"]);
        foreach (var key in keys)
        {
            await Artifacts.DeleteAsync(key, Token);
        }

        AssertFailed(
            await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = ArtifactsOnly }), "DR8039", $"1 artifacts of the set are lost: artifact '{keys[0]}' is not in the vault at");
        Assert.Equal(ChainSandbox.Packages - 1, await CountAsync(""));
        var accepted = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = ArtifactsOnly, acceptLosses = true }), app);
        Assert.Contains(accepted.GetProperty("result").GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.StartsWith("LOST: 1 artifacts", StringComparison.Ordinal));

        File.Move(folder["aside"], stored);
        Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = ArtifactsOnly }), app);
        Assert.Equal(ChainSandbox.Packages, await CountAsync(""));
    }

    [Fact]
    public async Task A_new_machine_without_a_bucket_gets_one()
    {
        await using var app = await Chain.StartAppAsync();
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

    /// <summary>Uploads the same content, which has the same ETag, until the bucket's clock shows that it is another upload.</summary>
    private async Task UploadAgainAsync(string key, byte[] content)
    {
        var before = await ModifiedAsync(key);
        do
        {
            await Chain.Builder.S3.PutAsync(Bucket, key, content, Token);
        }
        while (await ModifiedAsync(key) - before < TimeSpan.FromSeconds(3));
    }

    /// <summary>The file of a folder that has an artifact's content.</summary>
    private async Task<string> StoredFileAsync(string folder, string key)
    {
        await using var body = await Artifacts.OpenReadAsync(key, null, 0, Token);
        using var content = new MemoryStream();
        await body!.Content.CopyToAsync(content, Token);
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Single(file => File.ReadAllBytes(file).AsSpan().SequenceEqual(content.ToArray()));
    }

    private async Task<DateTimeOffset> ModifiedAsync(string key) => (await Artifacts.ListAsync(key, null, Token).SingleAsync(Token)).ModifiedAt;
}
