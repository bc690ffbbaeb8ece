using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Retention;

/// <summary>Retention as its users see it: a process, spoken to over HTTP, with real servers behind it.</summary>
public sealed class RetentionChainTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Old_sets_expire_behind_a_nightly_backup_and_held_ones_stay_whole()
    {
        await using var app = await chain.StartAppAsync(
            ("Retention__KeepLast", "1"), ("Retention__Daily", "0"), ("Retention__Weekly", "0"), ("Retention__Monthly", "0"), ("Retention__Yearly", "0"),
            ("Retention__MinimumAge", "00:00:00"), ("Retention__MinimumSets", "1"), ("Retention__Grace", "00:00:00"));
        var held = await BackUpAsync(app, "one");
        Assert.Equal("audit", (await app.Process.PostAsync($"/api/backups/{held}/hold", new { reason = "audit" }, Token)).GetProperty("reason").GetString());
        var old = await BackUpAsync(app, "two");
        await chain.Builder.S3.PutAsync(chain.Builder.Host.Settings.Bucket, "extra/changes", "three"u8.ToArray(), Token);

        var nightly = await NightlyAsync(app);

        var expiry = nightly.GetProperty("result").GetProperty("expiry");
        Assert.Equal(1, expiry.GetProperty("expired").GetInt32());
        // The second content of the object that changes, which the set that went alone had.
        Assert.Equal(1, expiry.GetProperty("objects").GetInt64());
        Assert.Empty(expiry.GetProperty("problems").EnumerateArray());
        var newest = nightly.GetProperty("result").GetProperty("label").GetString()!;
        Assert.Equal([newest, held], await LabelsAsync(app));
        using (var gone = await app.Process.Http.GetAsync($"/api/backups/{old}", Token))
        {
            Assert.Equal(HttpStatusCode.Gone, gone.StatusCode);
        }

        using (var refused = await app.Process.Http.PostAsJsonAsync("/api/restores", new { backup = old, mode = "replace", confirm = "main" }, Token))
        {
            Assert.Equal(HttpStatusCode.Gone, refused.StatusCode);
            Assert.Contains("DR1011", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }

        await AssertVerifiesAsync(app, held);

        using (var ended = await app.Process.Http.DeleteAsync($"/api/backups/{held}/hold", Token))
        {
            Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        }

        // The verification made it the newest verified set, which nothing takes, until a newer one is verified.
        Assert.Equal(0, (await ExpireAsync(app, plan: true)).GetProperty("expired").GetInt32());
        await AssertVerifiesAsync(app, newest);
        var plan = await ExpireAsync(app, plan: true);
        Assert.Equal(1, plan.GetProperty("expired").GetInt32());
        Assert.Equal([newest, held], await LabelsAsync(app));
        var done = await ExpireAsync(app, plan: false);
        Assert.Equal([newest], await LabelsAsync(app));
        Assert.Equal(plan.GetProperty("objects").GetInt64(), done.GetProperty("objects").GetInt64());
        Assert.Equal(plan.GetProperty("freedBytes").GetInt64(), done.GetProperty("freedBytes").GetInt64());
        Assert.Equal("no rule keeps it", done.GetProperty("sets")[1].GetProperty("reasons")[0].GetString());
        await AssertVerifiesAsync(app, newest);
    }

    [Fact]
    public async Task What_expires_behind_a_nightly_backup_goes_from_the_second_vault_too()
    {
        using var folder = new TemporaryFolder("copy");
        await using var app = await chain.StartAppAsync(
            ("Vault__Copy__Url", $"file://{folder["copy"]}"), ("Retention__KeepLast", "1"), ("Retention__Daily", "0"), ("Retention__Weekly", "0"),
            ("Retention__Monthly", "0"), ("Retention__Yearly", "0"), ("Retention__MinimumAge", "00:00:00"), ("Retention__MinimumSets", "1"), ("Retention__Grace", "00:00:00"));
        await BackUpAsync(app, "one");
        await BackUpAsync(app, "two");
        await chain.Builder.S3.PutAsync(chain.Builder.Host.Settings.Bucket, "extra/changes", "three"u8.ToArray(), Token);

        var result = (await NightlyAsync(app)).GetProperty("result");

        var expiry = result.GetProperty("copyExpiry");
        Assert.Empty(expiry.GetProperty("problems").EnumerateArray());
        Assert.Equal((2, 2L), (expiry.GetProperty("expired").GetInt32(), expiry.GetProperty("objects").GetInt64()));
        var manifest = Assert.Single(Directory.EnumerateFiles(folder["copy"], "manifest.json", SearchOption.AllDirectories));
        Assert.Contains(result.GetProperty("label").GetString()!, manifest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_that_is_not_there_cannot_be_held()
    {
        await using var app = await chain.StartAppAsync();
        using var answer = await app.Process.Http.PostAsync("/api/backups/20261122T020000Z-nightly-1a2b/hold", null, Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("DR1007", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private async Task<string> BackUpAsync(ChainApp app, string content)
    {
        await chain.Builder.S3.PutAsync(chain.Builder.Host.Settings.Bucket, "extra/changes", System.Text.Encoding.UTF8.GetBytes(content), Token);
        return (await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!;
    }

    private static async Task<JsonElement> NightlyAsync(ChainApp app)
    {
        await app.Process.RunTimerAsync("NightlyBackup", Token);
        JsonElement nightly = default;
        Assert.True(await Condition.TryAwaitAsync(
            async token =>
            {
                nightly = (await app.Process.GetAsync("/api/operations?kind=backup", token)).GetProperty("operations")[0];
                return nightly.GetProperty("state").GetString() is "succeeded" or "failed"
                    && nightly.TryGetProperty("result", out var result) && result.GetProperty("label").GetString()!.Contains("-nightly-", StringComparison.Ordinal);
            },
            TimeSpan.FromMinutes(2),
            Token), $"{nightly}\n{app.Process.Log}");
        return nightly;
    }

    private static async Task<JsonElement> ExpireAsync(ChainApp app, bool plan)
    {
        var accepted = await app.Process.PostAsync("/api/expire", new { plan }, Token);
        var operation = await app.WaitAsync(accepted);
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        return operation.GetProperty("result");
    }

    private static async Task AssertVerifiesAsync(ChainApp app, string label)
    {
        var operation = await app.WaitAsync(await app.Process.PostAsync($"/api/backups/{label}/verify", new { }, Token));
        Assert.True(operation.GetProperty("result").GetProperty("passed").GetBoolean(), $"{operation}\n{app.Process.Log}");
    }

    private static async Task<IReadOnlyList<string>> LabelsAsync(ChainApp app) =>
        [.. (await app.Process.GetAsync("/api/backups", Token)).GetProperty("backups").EnumerateArray().Select(set => set.GetProperty("label").GetString()!)];
}
