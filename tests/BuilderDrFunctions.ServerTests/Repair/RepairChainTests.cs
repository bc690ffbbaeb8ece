using System.Globalization;
using System.Net;
using System.Text.Json;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.ObjectStore;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Repair;

/// <summary>Reconciling and repairing as their users see them: a process, spoken to over HTTP, with real servers behind it.</summary>
public sealed class RepairChainTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Puts_back_what_the_bucket_lost_and_uploads_what_the_database_lost()
    {
        await using var app = await chain.StartAppAsync(
            ("Sites__main__Builder__Url", chain.Builder.Host.ApiUrl), ("Sites__main__Builder__Token", chain.Builder.Host.Uploads.Token));
        var bucket = S3ObjectStoreTests.OpenStore(chain.Builder.Host.Settings.Bucket, chain.Builder.S3);
        var packages = chain.Builder.Generator.WithArtifacts().ToList();
        var good = await BackUpAsync(app);
        Assert.Empty((await ReconcileAsync(app, good)).GetProperty("findings").EnumerateArray());

        foreach (var gone in packages[..3])
        {
            await bucket.DeleteAsync(gone.ArtifactKey, Token);
        }

        foreach (var corrupt in packages[3..5])
        {
            await PutAsync(bucket, corrupt.ArtifactKey, "not what the database says"u8.ToArray());
        }

        var forgotten = packages[5..9];
        await ForgetAsync(forgotten, kept: forgotten[0]);
        var bad = await BackUpAsync(app);
        await PutAsync(bucket, packages[9].ArtifactKey, "corrupt since the last backup"u8.ToArray());

        var found = await ReconcileAsync(app, bad);
        var sums = found.GetProperty("sums");
        Assert.Equal((3, 2, 4), (sums.GetProperty("missing").GetInt32(), sums.GetProperty("corrupt").GetInt32(), sums.GetProperty("withoutMetadata").GetInt32()));
        Assert.Equal(
            packages[..9].Select(package => package.ArtifactKey).Order(StringComparer.Ordinal),
            found.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("key").GetString()!), StringComparer.Ordinal);
        await AssertPagesAsync(app, bad, 9);

        var (planId, plan) = await RepairAsync(app, new { });
        plan = plan.GetProperty("plan");
        Assert.Equal((5, 4, 1, 0), (plan.GetProperty("putBack").GetInt32(), plan.GetProperty("uploads").GetInt32(), plan.GetProperty("notStored").GetInt32(), plan.GetProperty("irreparable").GetInt32()));
        // The newest set still holds what went missing; only the older one holds what was overwritten.
        Assert.All(plan.GetProperty("firstPutBack").EnumerateArray(), item => Assert.Equal(item.GetProperty("state").GetString() == "missing" ? bad : good, item.GetProperty("from").GetString()));
        Assert.Equal(3, plan.GetProperty("losses").GetArrayLength());
        Assert.DoesNotContain(chain.Builder.Host.Uploads.Taken, forgotten.Select(package => package.Ident).Contains);
        Assert.Null(await bucket.OpenReadAsync(packages[0].ArtifactKey, null, 0, Token));
        await AssertRefusedAsync(app, new { plan = planId }, "DR1004");
        await AssertRefusedAsync(app, new { plan = "repair-20200101T000000Z-main-1a2b", confirm = "main" }, "DR2222");

        // Its owner was quicker: once more would reset what he set.
        await chain.Builder.Postgres.ExecuteAsync("builder", "INSERT INTO origin_packages SELECT * FROM kept; DROP TABLE kept", Token);
        var (_, done) = await RepairAsync(app, new { plan = planId, confirm = "main" });
        Assert.Equal((5, 4), (done.GetProperty("putBack").GetProperty("done").GetInt32(), done.GetProperty("uploaded").GetProperty("done").GetInt32()));
        Assert.Empty(done.GetProperty("problems").EnumerateArray());
        // Dependencies have the earlier release.
        Assert.Equal(
            forgotten[1..].OrderBy(package => package.Release, StringComparer.Ordinal).ThenBy(package => package.ArtifactKey, StringComparer.Ordinal).Select(package => package.Ident),
            chain.Builder.Host.Uploads.Taken.Intersect(forgotten.Select(package => package.Ident), StringComparer.Ordinal), StringComparer.Ordinal);

        // What no set held as it was is left alone until one does.
        var between = await BackUpAsync(app);
        Assert.Equal([packages[9].ArtifactKey], (await ReconcileAsync(app, between)).GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("key").GetString()!), StringComparer.Ordinal);
        (planId, _) = await RepairAsync(app, new { });
        await RepairAsync(app, new { plan = planId, confirm = "main" });
        var mended = await BackUpAsync(app);
        Assert.Empty((await ReconcileAsync(app, mended)).GetProperty("findings").EnumerateArray());
        await AssertAreAsync(bucket, packages[..10]);
    }

    [Fact]
    public async Task What_Builder_does_not_take_keeps_no_other_upload_from_being_made()
    {
        await using var app = await chain.StartAppAsync(
            ("Sites__main__Builder__Url", chain.Builder.Host.ApiUrl), ("Sites__main__Builder__Token", chain.Builder.Host.Uploads.Token));
        await BackUpAsync(app);
        var forgotten = chain.Builder.Generator.WithArtifacts().Skip(20).Take(3)
            .OrderBy(package => package.Release, StringComparer.Ordinal).ThenBy(package => package.ArtifactKey, StringComparer.Ordinal).ToList();
        await ForgetAsync(forgotten, kept: forgotten[0]);
        await chain.Builder.Postgres.ExecuteAsync("builder", "DROP TABLE kept", Token);
        var uploads = chain.Builder.Host.Uploads;
        uploads.Refuses = ident => ident == forgotten[0].Ident ? 500 : ident == forgotten[1].Ident ? 403 : null;

        var (plan, _) = await RepairAsync(app, new { });
        var (_, done) = await RepairAsync(app, new { plan, confirm = "main" });

        Assert.Equal((1, 2), (done.GetProperty("uploaded").GetProperty("done").GetInt32(), done.GetProperty("uploaded").GetProperty("failed").GetInt32()));
        var problems = done.GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()!).ToList();
        Assert.Equal(2, problems.Count);
        Assert.StartsWith($"{forgotten[0].ArtifactKey}: DR6063: ", problems[0], StringComparison.Ordinal);
        Assert.StartsWith($"{forgotten[1].ArtifactKey}: DR6062: ", problems[1], StringComparison.Ordinal);
        Assert.Contains(forgotten[2].Ident, uploads.Taken, StringComparer.Ordinal);

        uploads.Refuses = static _ => null;
        (plan, _) = await RepairAsync(app, new { });
        (_, done) = await RepairAsync(app, new { plan, confirm = "main" });
        Assert.Equal(2, done.GetProperty("uploaded").GetProperty("done").GetInt32());
        Assert.Empty(done.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public async Task A_plan_whose_lists_are_gone_is_not_carried_out_and_none_is_made_without_a_table_of_packages()
    {
        using var folder = new TemporaryFolder("repairs");
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{folder.FullPath}"), ("Vault__ConnectionString", null));
        var bucket = S3ObjectStoreTests.OpenStore(chain.Builder.Host.Settings.Bucket, chain.Builder.S3);
        const string unknown = "core/unknown/1.0/20260101000000/x86_64/linux/core-unknown-1.0-20260101000000-x86_64-linux.hart";
        await PutAsync(bucket, unknown, "without a row"u8.ToArray());
        try
        {
            var (plan, _) = await RepairAsync(app, new { });
            Directory.Delete(folder["sites/main/repairs"], recursive: true);
            var (_, done) = await RepairAsync(app, new { plan, confirm = "main" });
            Assert.StartsWith("not everything was uploaded: DR2221: ", Assert.Single(done.GetProperty("problems").EnumerateArray()).GetString(), StringComparison.Ordinal);

            await chain.Builder.Postgres.ExecuteAsync("builder", "ALTER TABLE origin_packages RENAME TO put_aside", Token);
            var failed = await app.WaitAsync(await app.Process.PostAsync("/api/repairs", new { }, Token));
            Assert.Equal("failed", failed.GetProperty("state").GetString());
            Assert.StartsWith("DR2220: no database of site 'main' on ", failed.GetProperty("error").GetString(), StringComparison.Ordinal);
            // Its database may be as well as it ever was.
            Assert.Contains("from before August 2018 keeps its packages in shards", failed.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            await chain.Builder.Postgres.ExecuteAsync("builder", "ALTER TABLE IF EXISTS put_aside RENAME TO origin_packages", CancellationToken.None);
            await bucket.DeleteAsync(unknown, CancellationToken.None);
        }
    }

    private async Task AssertAreAsync(S3ObjectStore bucket, IReadOnlyList<PackageRow> packages)
    {
        foreach (var package in packages)
        {
            await using var body = await bucket.OpenReadAsync(package.ArtifactKey, null, 0, Token);
            using var content = new MemoryStream();
            await body!.Content.CopyToAsync(content, Token);
            Assert.Equal(chain.Builder.Generator.Artifact(package), content.ToArray());
        }
    }

    private static async Task<string> BackUpAsync(ChainApp app) => (await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!;

    private static Task<JsonElement> ReconcileAsync(ChainApp app, string label) => app.Process.GetAsync($"/api/backups/{label}/reconcile", Token);

    private static async Task AssertPagesAsync(ChainApp app, string label, int all)
    {
        var seen = 0;
        for (string? after = ""; after is not null;)
        {
            var page = await app.Process.GetAsync($"/api/backups/{label}/reconcile?top=4&after={Uri.EscapeDataString(after)}", Token);
            seen += page.GetProperty("findings").GetArrayLength();
            after = page.TryGetProperty("after", out var next) ? next.GetString() : null;
        }

        Assert.Equal(all, seen);
    }

    private static async Task<(string Id, JsonElement Result)> RepairAsync(ChainApp app, object request)
    {
        var accepted = await app.Process.PostAsync("/api/repairs", request, Token);
        var operation = await app.WaitAsync(accepted);
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        return (accepted.GetProperty("id").GetString()!, operation.GetProperty("result"));
    }

    private static async Task AssertRefusedAsync(ChainApp app, object request, string code)
    {
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => app.Process.PostAsync("/api/repairs", request, Token));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains(code, refused.Message, StringComparison.Ordinal);
    }

    private static async Task PutAsync(S3ObjectStore bucket, string key, byte[] content)
    {
        using var stream = new MemoryStream(content);
        await bucket.PutAsync(key, stream, content.Length, Token);
    }

    /// <summary>Deletes packages from the database, and keeps one of them in a table beside.</summary>
    private Task ForgetAsync(IReadOnlyList<PackageRow> packages, PackageRow kept)
    {
        var ids = string.Join(',', packages.Select(package => package.Id.ToString(CultureInfo.InvariantCulture)));
        var one = kept.Id.ToString(CultureInfo.InvariantCulture);
        return chain.Builder.Postgres.ExecuteAsync(
            "builder", $"CREATE TABLE kept AS SELECT * FROM origin_packages WHERE id = {one}; DELETE FROM origin_channel_packages WHERE package_id IN ({ids}); DELETE FROM origin_packages WHERE id IN ({ids})", Token);
    }
}
