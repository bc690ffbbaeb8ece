using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Verify;

/// <summary>What verifications and drills say of a whole set when the Builder, or what reads its dumps, is not to be had.</summary>
public sealed class VerifyWithoutBuilderTests(ChainSandbox chain) : IClassFixture<ChainSandbox>, IDisposable
{
    private readonly TemporaryFolder _folder = new("vault");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private (string Name, string? Value)[] Vault => [("Vault__Url", $"file://{_folder["vault"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true")];

    [Fact]
    public async Task A_set_is_verified_when_its_builder_is_gone_and_what_could_not_be_looked_at_is_no_finding()
    {
        var label = await BackUpAsync();

        // Nothing answers at the host, and its tools are here: nothing is missing to a verification.
        await using (var app = await chain.StartAppAsync([.. Vault, ("Sites__main__Service__Port", "1")]))
        {
            var verdict = await VerifyAsync(app, label);
            Assert.True(verdict.GetProperty("passed").GetBoolean(), verdict.ToString());
            Assert.Equal(0, verdict.GetProperty("warnings").GetArrayLength());
        }

        // The tools were on the host that is gone.
        await using (var app = await chain.StartAppAsync([.. Vault, ("Sites__main__Service__Port", "1"), ("Sites__main__Postgres__Tools", "ssh")]))
        {
            await AssertUnlistedAsync(app, label, "DR6001");
        }

        // Another machine answers in its place.
        await using (var app = await chain.StartAppAsync(
            [.. Vault, ("Sites__main__Service__HostKeyFingerprint", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ("Sites__main__Postgres__Tools", "ssh")]))
        {
            await AssertUnlistedAsync(app, label, "DR6002");
        }

        // No tools here; and a damaged dump is found without them, too.
        await using (var app = await chain.StartAppAsync([.. Vault, ("Sites__main__Postgres__Tools", "/nowhere")]))
        {
            await AssertUnlistedAsync(app, label, "DR3010");
            await FlipDumpAsync(label);
            var damaged = await VerifyAsync(app, label);
            Assert.Equal(1, damaged.GetProperty("findings").GetInt32());
            Assert.Contains("DR8001", damaged.GetProperty("first")[0].GetString(), StringComparison.Ordinal);
            Assert.Equal(0, damaged.GetProperty("warnings").GetArrayLength());
        }
    }

    [Fact]
    public async Task A_drill_without_tools_fails_and_says_nothing_against_the_set()
    {
        var label = await BackUpAsync();
        await using var app = await chain.StartAppAsync([.. Vault, ("Sites__main__Postgres__Tools", "/nowhere")]);
        var drill = await app.WaitAsync(await app.Process.PostAsync("/api/drills", new { }, Token));
        Assert.Equal("failed", drill.GetProperty("state").GetString());
        Assert.Contains("DR3010", drill.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await app.Process.GetAsync("/api/drills", Token)).GetProperty("drills").GetArrayLength());
        Assert.False((await app.Process.GetAsync($"/api/backups/{label}", Token)).GetProperty("proof").TryGetProperty("drilled", out _));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> BackUpAsync()
    {
        await using var app = await chain.StartAppAsync(Vault);
        return (await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!;
    }

    private static async Task AssertUnlistedAsync(ChainApp app, string label, string code)
    {
        var verdict = await VerifyAsync(app, label);
        Assert.True(verdict.GetProperty("passed").GetBoolean(), verdict.ToString());
        Assert.Equal(0, verdict.GetProperty("findings").GetInt32());
        var warning = Assert.Single(verdict.GetProperty("warnings").EnumerateArray()).GetString();
        Assert.Contains("its table of contents was not listed", warning, StringComparison.Ordinal);
        Assert.Contains(code, warning, StringComparison.Ordinal);
    }

    private async Task FlipDumpAsync(string label)
    {
        var dump = _folder[$"vault/sites/main/sets/{label}/dumps/builder.dump.zst"];
        var content = await File.ReadAllBytesAsync(dump, Token);
        content[^1000] ^= 1;
        await File.WriteAllBytesAsync(dump, content, Token);
    }

    private static async Task<JsonElement> VerifyAsync(ChainApp app, string label)
    {
        var operation = await app.WaitAsync(await app.Process.PostAsync($"/api/backups/{label}/verify", new { }, Token));
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        return operation.GetProperty("result");
    }
}
