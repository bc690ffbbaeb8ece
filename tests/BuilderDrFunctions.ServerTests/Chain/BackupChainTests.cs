using System.Globalization;
using System.Net;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Chain;

/// <summary>The chain as its users run it: a process, spoken to over HTTP, everything but the login discovered on the Builder host.</summary>
public sealed class BackupChainTests(ChainSandbox chain, ITestOutputHelper output) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Holds_exactly_what_the_builder_had()
    {
        await using var app = await chain.StartAppAsync();

        var operation = await app.BackUpAsync();

        var set = await app.ManifestAsync(operation);
        var database = set.GetProperty("databases")[0];
        var down = set.GetProperty("api").GetProperty("downSeconds").GetDouble();
        var dump = database.GetProperty("seconds").GetDouble();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"API down for {down:0.0} s, dump took {dump:0.0} s"));
        // How much longer than the dump is a figure of make bench; that it was down at all is a fact.
        Assert.True(down > 0);
        Assert.Equal([false, true], chain.Builder.Host.Supervisor.Transitions.TakeLast(2).Select(transition => transition.Up));
        await SetExactness.AssertDumpAsync(app, chain.Builder, set, Token);
        await SetExactness.AssertArtifactsAsync(app, chain.Builder, set, Token);
        Assert.Equal(
            chain.Builder.Host.Settings.Keys.Count, set.GetProperty("configuration").GetProperty("keyRevisions").GetArrayLength());
    }

    [Fact]
    public async Task Fetches_nothing_twice()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());

        var second = await app.ManifestAsync(await app.BackUpAsync());

        Assert.Equal(0, second.GetProperty("artifacts").GetProperty("fetchedObjects").GetInt64());
        Assert.Equal(ChainSandbox.Packages, second.GetProperty("artifacts").GetProperty("objects").GetInt64());
        Assert.Equal(2, (await app.Process.GetAsync("/api/backups", Token)).GetProperty("backups").GetArrayLength());
    }

    [Fact]
    public async Task Runs_once_at_a_time_on_a_site()
    {
        await using var app = await chain.StartAppAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => app.Process.Http.PostAsync("/api/backups", null, Token)));

        var accepted = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Accepted);
        var id = JsonSerializer.Deserialize<JsonElement>(await accepted.Content.ReadAsStringAsync(Token)).GetProperty("id").GetString()!;
        foreach (var refused in answers.Where(answer => answer != accepted))
        {
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            Assert.Contains(id, await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }

        await app.Process.WaitForOperationAsync(id, TimeSpan.FromMinutes(2), null, Token);
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task Is_started_by_the_timer_too()
    {
        await using var app = await chain.StartAppAsync();

        await app.Process.RunTimerAsync("NightlyBackup", Token);

        Assert.True(await BuilderDrFunctions.Sandbox.Processes.Condition.TryAwaitAsync(
            async token => (await app.Process.GetAsync("/api/backups", token)).GetProperty("backups").GetArrayLength() == 1, TimeSpan.FromMinutes(2), Token));
        var set = (await app.Process.GetAsync("/api/backups", Token)).GetProperty("backups")[0];
        Assert.Contains("-nightly-", set.GetProperty("label").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "was down before the backup and was left down")]
    [InlineData(true, "although it is wanted up")]
    public async Task Leaves_an_api_that_was_down_before_alone_and_says_so(bool isWanted, string note)
    {
        await using var app = await chain.StartAppAsync();
        await (isWanted ? chain.Builder.Host.Supervisor.FailAsync(Token) : chain.Builder.Host.Supervisor.BringAsync(wanted: false, Token));
        try
        {
            var set = await app.ManifestAsync(await app.BackUpAsync());

            Assert.False(chain.Builder.Host.Supervisor.IsUp);
            Assert.Equal(isWanted, chain.Builder.Host.Supervisor.IsWanted);
            Assert.Contains(note, set.GetProperty("api").GetProperty("note").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            chain.Builder.Host.Supervisor.StartFails = false;
            await chain.Builder.Host.Supervisor.BringAsync(wanted: true, Token);
        }
    }

    [Fact]
    public async Task Leaves_an_api_that_an_operator_stopped_while_the_artifacts_were_mirrored_alone_and_says_so()
    {
        await using var app = await chain.StartAppAsync(("Mirror__MaxBytesPerSecond", "1000000"));
        try
        {
            var accepted = await app.StartBackupAsync();
            await app.WaitForPhaseAsync(accepted.GetProperty("id").GetString()!, "warm mirror");
            await chain.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
            var set = await app.ManifestAsync(await app.WaitAsync(accepted));

            Assert.False(chain.Builder.Host.Supervisor.IsUp);
            Assert.False(chain.Builder.Host.Supervisor.IsWanted);
            Assert.False(set.GetProperty("api").GetProperty("quiesced").GetBoolean());
            Assert.Contains("stopped by somebody else", set.GetProperty("api").GetProperty("note").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            await chain.Builder.Host.Supervisor.BringAsync(wanted: true, Token);
        }
    }

    [Fact]
    public async Task Keeps_the_api_up_when_asked_to()
    {
        await using var app = await chain.StartAppAsync();
        var before = chain.Builder.Host.Supervisor.Transitions.Count;

        var set = await app.ManifestAsync(await app.BackUpAsync(new { quiesce = "none" }));

        Assert.Equal(before, chain.Builder.Host.Supervisor.Transitions.Count);
        Assert.Equal(0, set.GetProperty("api").GetProperty("downSeconds").GetDouble());
    }

    [Fact]
    public async Task Ends_soon_when_canceled_and_brings_the_api_back()
    {
        await using var app = await chain.StartAppAsync();
        chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromSeconds(2);
        try
        {
            var accepted = await app.StartBackupAsync();
            var id = accepted.GetProperty("id").GetString()!;
            await app.WaitForPhaseAsync(id, "stop API");

            await app.Process.PostAsync($"/api/operations/{id}/cancel", new { reason = "changed my mind" }, Token);

            var ended = await app.WaitAsync(accepted);
            Assert.Equal("canceled", ended.GetProperty("state").GetString());
            Assert.Contains("changed my mind", ended.GetProperty("error").GetString(), StringComparison.Ordinal);
            var late = await Assert.ThrowsAsync<HttpRequestException>(() => app.Process.PostAsync($"/api/operations/{id}/cancel", new { }, Token));
            Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
            Assert.Contains("DR1009", late.Message, StringComparison.Ordinal);
        }
        finally
        {
            chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromMilliseconds(300);
        }

        Assert.True(chain.Builder.Host.Supervisor.IsUp);
        await app.AssertNoSetAsync();
        await app.AssertNextRunSucceedsAsync();
    }

    /// <summary>The app starts before its vault's disk is mounted: what it finds there looks like a vault to be made.</summary>
    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Misses_a_vault_whose_disk_is_not_mounted(string createIfMissing)
    {
        using var folder = new TemporaryFolder("vault");
        Directory.CreateDirectory(folder["mnt"]);
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{folder["mnt"]}"), ("Vault__ConnectionString", null));
        var earlier = await app.BackUpAsync();
        Assert.Empty((await app.ManifestAsync(earlier)).GetProperty("warnings").EnumerateArray());
        Directory.Move(folder["mnt"], folder["disk"]);
        Directory.CreateDirectory(folder["mnt"]);
        AssertMissed(await app.BackUpAsync());
        await app.Process.StopAsync();
        app.Process.Settings["Vault__CreateIfMissing"] = createIfMissing;
        await app.Process.StartAsync(Token);

        var operation = await app.BackUpAsync();

        if (createIfMissing == "false")
        {
            AssertMissed(operation);
            return;
        }

        var warning = Assert.Single((await app.ManifestAsync(operation)).GetProperty("warnings").EnumerateArray()).GetString();
        Assert.Contains($"had no set of this site before this one, although {earlier.GetProperty("id").GetString()} succeeded", warning, StringComparison.Ordinal);
        var health = (await app.Process.GetAsync("/api/health?report=true", Token)).GetProperty("checks").EnumerateArray();
        Assert.Equal("DR9002", health.Single(check => check.GetProperty("name").GetString() == "recoveryPoint").GetProperty("code").GetString());

        void AssertMissed(JsonElement ended)
        {
            Assert.StartsWith("DR5030", ended.GetProperty("error").GetString(), StringComparison.Ordinal);
            Assert.Contains("is there a disk that is not mounted?", ended.GetProperty("error").GetString(), StringComparison.Ordinal);
            Assert.True(chain.Builder.Host.Supervisor.IsUp, "the API is down");
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder["mnt"]));
        }
    }

    [Fact]
    public async Task Tells_no_secret_anywhere()
    {
        await using var app = await chain.StartAppAsync();
        var operation = await app.BackUpAsync();
        await app.ManifestAsync(operation);
        await app.Process.StopAsync();

        string[] secrets =
        [
            chain.Builder.Postgres.Password, chain.Builder.S3.SecretKey, chain.Builder.Azurite.AccountKey, chain.Builder.EncryptionKey,
        ];
        var said = operation.GetRawText() + app.Process.Log
            + string.Concat(Directory.EnumerateFiles(app.Process.StateFolder).Select(file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file))));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, said, StringComparison.Ordinal));
    }
}
