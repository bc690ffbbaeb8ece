using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary>What a monitoring system is told in situations that are staged in the vault, on the Builder, and on the way to the app.</summary>
public sealed class CliStatusTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gives_the_right_exit_code_in_each_situation()
    {
        using var folder = new TemporaryFolder("status");
        var url = $"file://{folder.FullPath}/vault";
        await using var app = await chain.StartAppAsync(
            ("Vault__Url", url), ("Vault__ConnectionString", null), ("Monitoring__VaultProbeInterval", "00:00:00"));
        var vault = VaultFactory.Create(new VaultOptions { Url = url }, TimeProvider.System);
        var now = DateTimeOffset.UtcNow;

        await AssertAsync(3, "DR9203", () => CliRun.RunAsync("http://127.0.0.1:1", "key", "status"));
        await AssertAsync(3, "DR9204", () => CliRun.RunAsync(app.Process.Http.BaseAddress!.ToString(), "wrong", "status"));
        await AssertAsync(3, "DR9201", () => CliRun.RunAsync(app.Process.Http.BaseAddress!.ToString(), null, "status"));
        await AssertAsync(3, "no site 'nowhere'", () => CliRun.RunAsync(app.Process, "status", "--site", "nowhere"));
        await AssertAsync(2, "DR9000", () => CliRun.RunAsync(app.Process, "status"));

        await CommitAsync(vault, now.AddHours(-30));
        await AssertAsync(2, "DR9001", () => CliRun.RunAsync(app.Process, "status"));

        var incomplete = await CommitAsync(
            vault, now.AddMinutes(-4), new InventoryCounts(Missing: 3), "INCOMPLETE: 3 packages of the database have no artifact in the bucket");
        await AssertAsync(2, "DR9011", () => CliRun.RunAsync(app.Process, "status"));
        await vault.DeleteAsync(incomplete, Token);

        var warned = await CommitAsync(vault, now.AddMinutes(-3), new InventoryCounts(), "keys and configuration are not in the set");
        await AssertAsync(1, "DR9002", () => CliRun.RunAsync(app.Process, "status"));
        await vault.DeleteAsync(warned, Token);

        await CommitAsync(vault, now.AddMinutes(-2));
        await AssertAsync(0, "BUILDER-DR OK - main: the newest recovery point is", () => CliRun.RunAsync(app.Process, "status", "--site", "main"));

        var overdue = await CommitAsync(vault, now.AddDays(-9));
        await AssertAsync(1, "DR9004", () => CliRun.RunAsync(app.Process, "status"));
        await vault.DeleteAsync(overdue, Token);

        await StageLedgerAsync(vault, now, RunOutcome.Failed, "DR3001: the server does not answer\nHINT: start it");
        await AssertAsync(2, "DR9003: the last backup of site 'main'", () => CliRun.RunAsync(app.Process, "status"));
        await StageLedgerAsync(vault, now, RunOutcome.Succeeded, null);
        await AssertAsync(0, "BUILDER-DR OK", () => CliRun.RunAsync(app.Process, "status"));

        await new MustRestartRecords(vault).WriteAsync(new MustRestart("main", OperationId.New("backup", "main", now).ToString(), now), Token);
        await AssertAsync(2, "DR9006", () => CliRun.RunAsync(app.Process, "status"));
        await new MustRestartRecords(vault).ClearAsync("main", Token);

        await chain.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        try
        {
            await AssertAsync(2, "DR9005", () => CliRun.RunAsync(app.Process, "status"));
        }
        finally
        {
            await chain.Builder.Host.Supervisor.BringAsync(wanted: true, Token);
        }
    }

    private static async Task AssertAsync(int code, string says, Func<Task<CliRun>> act)
    {
        var run = await act();
        Assert.True(run.Code == code, $"expected {code} ({says}), got {run.Code}: {run.Output}{run.Error}");
        Assert.Contains(says, run.Output, StringComparison.Ordinal);
        Assert.Single(run.Output.Trim().Split('\n'));
    }

    private static Task<string> CommitAsync(IVault vault, DateTimeOffset at) => CommitAsync(vault, at, new InventoryCounts());

    private static async Task<string> CommitAsync(IVault vault, DateTimeOffset at, InventoryCounts artifacts, params IReadOnlyList<string> warnings)
    {
        var id = OperationId.New("backup", "main", at);
        var label = BackupLabel.Of(id, "staged");
        var path = SetPaths.Manifest("main", label);
        var set = new BackupManifest(
            1, label.Value, "main", id.ToString(), at, at, at, new ApiRecord(true, 1, null), [], new ArtifactsRecord("inventory.jsonl.zst", 0, 0, 0, 0, artifacts), null, warnings, []);
        Assert.True(await vault.TryCreateAsync(path, ManifestSeal.Write(set), Token));
        return path;
    }

    private static async Task StageLedgerAsync(IVault vault, DateTimeOffset now, RunOutcome outcome, string? error)
    {
        const string path = "monitoring/runs.json";
        var run = new EndedRun(OperationId.New("backup", "main", now).ToString(), "backup", "main", now, now, outcome, error);
        string? version;
        do
        {
            version = (await vault.FindAsync(path, Token))?.Version;
        }
        while (await vault.TryReplaceAsync(path, JsonSerializer.SerializeToUtf8Bytes(RunLedger.Begin(now) with { Last = [run] }, CatalogJson.Options), version, Token) is null);
    }
}
