using System.Text;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.SecondCopy;

/// <summary>A second vault, of another kind than the first, behind a running app.</summary>
public sealed class SecondCopyChainTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Is_a_whole_vault_filled_with_what_is_new_and_catches_up_after_an_outage()
    {
        using var folder = new TemporaryFolder("copy");
        string[] labels;
        await using (var app = await chain.StartAppAsync(("Vault__Copy__Url", $"file://{folder["copy"]}")))
        {
            var (first, copied) = await BackUpAsync(app, "one");
            Assert.Equal((1, ChainSandbox.Packages + 1L), (copied.GetProperty("sets").GetInt32(), copied.GetProperty("objects").GetInt64()));
            var (second, changed) = await BackUpAsync(app, "two");
            Assert.Equal((1, 1L), (changed.GetProperty("sets").GetInt32(), changed.GetProperty("objects").GetInt64()));

            // The copy's disk is gone: the backup is as good as ever and says so.
            Directory.Move(folder["copy"], folder["away"]);
            await File.WriteAllTextAsync(folder["copy"], "no folder", Token);
            var (third, failed) = await BackUpAsync(app, "three");
            Assert.StartsWith("DR50", failed.GetProperty("problem").GetString(), StringComparison.Ordinal);

            File.Delete(folder["copy"]);
            Directory.Move(folder["away"], folder["copy"]);
            var (fourth, late) = await BackUpAsync(app, "four");
            Assert.Equal((2, 2L), (late.GetProperty("sets").GetInt32(), late.GetProperty("objects").GetInt64()));
            labels = [fourth, third, second, first];

            // What a disk lost or spoilt there since is found by a verification, and copied again.
            var stored = Directory.GetFiles(Path.Combine(folder["copy"], "sites", "main", "objects"), "*", SearchOption.AllDirectories);
            await FlipAsync(stored[0]);
            File.Delete(stored[1]);
            await FlipAsync(Path.Combine(folder["copy"], "sites", "main", "sets", fourth, "manifest.json"));
            Assert.Equal("DR9014", (await HealthAsync(app)).GetProperty("code").GetString());
            var found = await app.WaitAsync(await app.Process.PostAsync($"/api/backups/{fourth}/verify", new { }, Token));
            Assert.Equal((3, 0), (found.GetProperty("result").GetProperty("copy").GetProperty("mended").GetInt32(), found.GetProperty("result").GetProperty("copy").GetProperty("problems").GetArrayLength()));
            Assert.True(found.GetProperty("result").GetProperty("passed").GetBoolean());
            Assert.Equal("ok", (await HealthAsync(app)).GetProperty("status").GetString());
        }

        // The first vault is lost, and the copy takes its place.
        await using var after = await chain.StartAppAsync(("Vault__Url", $"file://{folder["copy"]}"), ("Vault__ConnectionString", null));
        Assert.Equal(
            labels, (await after.Process.GetAsync("/api/backups", Token)).GetProperty("backups").EnumerateArray().Select(set => set.GetProperty("label").GetString()!), StringComparer.Ordinal);
        foreach (var label in labels)
        {
            var verified = await after.WaitAsync(await after.Process.PostAsync($"/api/backups/{label}/verify", new { }, Token));
            Assert.True(verified.GetProperty("result").GetProperty("passed").GetBoolean(), $"{verified}\n{after.Process.Log}");
        }

        Assert.Equal(0, (await after.ManifestAsync(await after.BackUpAsync())).GetProperty("artifacts").GetProperty("fetchedObjects").GetInt32());
    }

    private static async Task FlipAsync(string path)
    {
        var content = await File.ReadAllBytesAsync(path, Token);
        content[0] ^= 1;
        await File.WriteAllBytesAsync(path, content, Token);
    }

    private static async Task<JsonElement> HealthAsync(ChainApp app) =>
        (await app.Process.GetAsync("/api/health?report=true", Token)).GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "secondCopy");

    private async Task<(string Label, JsonElement Copy)> BackUpAsync(ChainApp app, string content)
    {
        await chain.Builder.S3.PutAsync(chain.Builder.Host.Settings.Bucket, "extra/changes", Encoding.UTF8.GetBytes(content), Token);
        var operation = await app.BackUpAsync();
        await app.ManifestAsync(operation);
        return (operation.GetProperty("result").GetProperty("label").GetString()!, operation.GetProperty("result").GetProperty("copy"));
    }
}
