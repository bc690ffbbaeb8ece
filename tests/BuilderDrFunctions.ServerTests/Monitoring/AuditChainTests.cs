using System.Net;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Monitoring;

public sealed class AuditChainTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tells_who_did_what_and_how_it_ended_and_misses_what_is_removed()
    {
        await using var app = await chain.StartAppAsync();
        var accepted = await app.StartBackupAsync();
        var id = accepted.GetProperty("id").GetString()!;
        using (var refused = await app.Process.Http.PostAsync("/api/backups", null, Token))
        {
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }

        await app.WaitAsync(accepted);
        await app.Process.RunTimerAsync("RunWatcher", Token);
        JsonElement[] records = [];
        Assert.True(await Condition.TryAwaitAsync(
            async token => (records = await RecordsAsync(app, token)).Any(record => What(record) == "run ended"), TimeSpan.FromSeconds(30), Token));

        Assert.Equal(["POST /api/backups", "POST /api/backups", "run began", "run ended"], records.Select(What).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        var started = records.Single(record => Text(record, "outcome") == "202");
        Assert.Equal(("key", "main", id, accepted.GetProperty("subject").GetString()), (Text(started, "who"), Text(started, "site"), Text(started, "operationId"), Text(started, "subject")));
        Assert.Equal("DR1008", Text(records.Single(record => Text(record, "outcome") == "409"), "code"));
        Assert.Equal(("builder-dr", "succeeded", id), (Text(records[0], "who"), Text(records[0], "outcome"), Text(records[0], "operationId")));
        Assert.True((await app.Process.GetAsync("/api/audit/verify", Token)).GetProperty("passed").GetBoolean());

        var vault = VaultFactory.Create(
            new VaultOptions { Url = app.Process.Settings["Vault__Url"]!, ConnectionString = chain.Builder.Azurite.ConnectionString }, TimeProvider.System);
        Assert.True(await vault.DeleteAsync("audit/0000000/0000000002.json", Token));
        Assert.Contains("record 2 is missing", (await app.Process.GetAsync("/api/audit/verify", Token)).GetRawText(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement[]> RecordsAsync(ChainApp app, CancellationToken token) =>
        [.. (await app.Process.GetAsync("/api/audit?site=main&top=100", token)).GetProperty("records").EnumerateArray()];

    private static string What(JsonElement record) => Text(record, "what")!;

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out var value) ? value.GetString() : null;
}
