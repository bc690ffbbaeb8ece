using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.ObjectStore;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary>The whole story of a site through the command line alone; its output is in the test's own, to be read as a person would.</summary>
public sealed class CliStoryTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Takes_a_site_from_unsafe_to_rehearsed()
    {
        await using var app = await chain.StartAppAsync();

        var doctor = await app.TellAsync(1, "hint: start one with POST /api/backups", "doctor");
        Assert.Contains("are tried by 'builder-dr backup' before it touches anything", doctor.Output, StringComparison.Ordinal);
        Assert.Contains($" answers, version {(await app.RunCliAsync("--version")).Output.Trim()}, and takes the key", doctor.Output, StringComparison.Ordinal);
        await app.TellAsync(0, "backup succeeded", "backup", "--label", "story");
        await app.TellAsync(0, "-story-", "list");
        await app.TellAsync(0, "keys, configuration", "show");
        await app.TellAsync(0, "nothing is wrong", "verify");
        await app.TellAsync(0, "This would be done; nothing was changed", "restore", "--plan");
        await app.TellAsync(
            0, "--site main --parts database keys --overwrite-keys --replace --confirm main", "restore", "--plan", "--parts", "database", "keys", "--overwrite-keys");
        await app.TellAsync(0, "This would be done; nothing was changed", "restore", "--as-of", "2999-01-01T12:30:00.5+02:00");
        Assert.Contains(
            "DR1007: no set of site 'main' shows 2020-11-22 14:30:00 UTC or earlier; the oldest is ", (await app.RunCliAsync("restore", "--as-of", "2020-11-22 14:30:00")).Error,
            StringComparison.Ordinal);
        await app.TellAsync(0, "nothing is wrong", "drill");
        await app.TellAsync(0, "expire planned after", "expire", "--plan");
        await app.Process.RunTimerAsync("RunWatcher", Token);
        await app.TellAsync(0, "BUILDER-DR OK", "status");
        await app.TellAsync(0, "Nothing stands in the way.", "doctor");
        await app.TellAsync(0, "UTC: OK", "watch", "--once");
        await app.TellAsync(0, "POST /api/drills", "audit");
        await app.TellAsync(0, "the trail is whole", "audit", "--verify");
    }

    [Fact]
    public async Task Finds_a_set_by_the_moment_it_is_shown_with_and_holds_it()
    {
        await using var app = await chain.StartAppAsync();
        await app.TellAsync(0, "backup succeeded", "backup");
        var shown = (await app.Process.GetAsync("/api/backups", Token)).GetProperty("backups")[0].GetProperty("recoveryPoint").GetDateTimeOffset();
        await app.TellAsync(0, "This would be done; nothing was changed", "restore", "--as-of", shown.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));

        var held = await app.TellAsync(0, "is held since ", "hold", "latest", "--reason", "the vault's disk is looked at");
        var label = held.Output.Split(' ')[1];
        Assert.Equal("the vault's disk is looked at", (await app.Process.GetAsync($"/api/backups/{label}/hold", Token)).GetProperty("reason").GetString());
        await app.TellAsync(0, "is held no longer", "hold", label, "--end");
        var ended = await app.RunCliAsync("hold", label, "--end");
        Assert.Equal(2, ended.Code);
        Assert.Contains("DR2203", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brings_a_site_back_mends_it_and_ends_what_was_not_meant()
    {
        await using var app = await chain.StartAppAsync(("Sites__main__Service__StopTimeout", "00:00:30"));
        await app.TellAsync(0, "backup succeeded", "backup");

        await app.TellAsync(0, "This was done", "restore", "--scratch", "--database", "looked_at");
        Assert.Equal(ChainSandbox.Packages, await PackagesAsync("looked_at"));
        var unconfirmed = await app.RunCliAsync("restore", "--replace");
        Assert.Equal(2, unconfirmed.Code);
        Assert.Contains("hint: ", unconfirmed.Error, StringComparison.Ordinal);

        await chain.Builder.Postgres.ExecuteAsync("builder", "DELETE FROM origin_channel_packages; DELETE FROM origin_packages", Token);
        var replaced = await app.TellAsync(0, "the former database is kept as ", "restore", "--replace", "--confirm", "main");
        Assert.Equal(ChainSandbox.Packages, await PackagesAsync("builder"));
        var id = CliRun.OperationIn(replaced.Output);
        Assert.Contains($"builder-dr drop-previous {id} --confirm main", replaced.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await app.RunCliAsync("drop-previous", id, "--confirm", "other")).Code);
        await app.TellAsync(0, "dropped database ", "drop-previous", id, "--confirm", "main");
        Assert.Equal(2, (await app.RunCliAsync("drop-previous", id, "--confirm", "main")).Code);

        var lost = chain.Builder.Generator.WithArtifacts().First();
        var bucket = S3ObjectStoreTests.OpenStore(chain.Builder.Host.Settings.Bucket, chain.Builder.S3);
        await bucket.DeleteAsync(lost.ArtifactKey, Token);
        var plan = await app.TellAsync(0, "1 artifact put back", "repair");
        Assert.Contains(lost.ArtifactKey, plan.Output, StringComparison.Ordinal);
        await app.TellAsync(0, "put back: 1 artifact", "repair", "--apply", CliRun.OperationIn(plan.Output), "--confirm", "main");
        await using (var mended = await bucket.OpenReadAsync(lost.ArtifactKey, null, 0, Token))
        {
            Assert.NotNull(mended);
        }

        await app.TellAsync(0, "Nothing is to be mended", "repair");
        await CancelsAsync(app);
    }

    [Fact]
    public async Task Tells_number_cause_and_hint_of_what_goes_wrong()
    {
        await using var app = await chain.StartAppAsync();

        var unknown = await app.RunCliAsync("show", "20261122T020000Z-nightly-1a2b");
        Assert.Equal(2, unknown.Code);
        Assert.StartsWith("error DR1007: ", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("\nhint: ", unknown.Error, StringComparison.Ordinal);

        Assert.Equal(2, (await app.RunCliAsync("restore", "--plan", "--replace")).Code);
        Assert.Contains("not both", (await app.RunCliAsync("restore", "latest", "--as-of", "2026-11-22")).Error, StringComparison.Ordinal);
        Assert.Contains("'03/04/2026' is no moment", (await app.RunCliAsync("restore", "--as-of", "03/04/2026")).Error, StringComparison.Ordinal);
        Assert.Contains("--prune goes with a plan", (await app.RunCliAsync("restore", "--replace", "--prune", "--confirm", "main")).Error, StringComparison.Ordinal);
        Assert.Contains("--prune-plan goes with --replace", (await app.RunCliAsync("restore", "--prune-plan", "restore-1")).Error, StringComparison.Ordinal);
        Assert.Equal(2, (await app.RunCliAsync("nonsense")).Code);
        Assert.Contains("DR1007: site 'main' has no backup set yet", (await app.RunCliAsync("restore")).Error, StringComparison.Ordinal);
        Assert.Contains("DR9206", (await app.RunCliAsync("verify")).Error, StringComparison.Ordinal);

        var listed = await app.RunCliAsync("list", "--json");
        Assert.Equal(0, JsonSerializer.Deserialize<JsonElement>(listed.Output).GetProperty("backups").GetArrayLength());
    }

    private async Task CancelsAsync(ChainApp app)
    {
        // Long enough that there is something to cancel.
        chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromSeconds(20);
        try
        {
            var accepted = await app.TellAsync(0, "accepted as backup-", "backup", "--no-wait");
            var id = accepted.Output.Split([' ', ';'])[2];
            await app.WaitForPhaseAsync(id, "stop API");
            await app.TellAsync(0, "is asked to end", "cancel", id, "--reason", "second thoughts");
            chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromMilliseconds(300);
            var ended = await app.RunCliAsync("watch", id);
            Assert.Equal(1, ended.Code);
            Assert.Contains("backup canceled: ", ended.Error, StringComparison.Ordinal);
            Assert.Contains("second thoughts", ended.Error, StringComparison.Ordinal);
        }
        finally
        {
            chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromMilliseconds(300);
        }
    }

    private async Task<long> PackagesAsync(string database)
    {
        await using var connection = await chain.Builder.Postgres.OpenAsync(database, Token);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM origin_packages", connection);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
