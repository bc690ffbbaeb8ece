using System.Net;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Chain;

/// <summary>Whatever breaks: a numbered error, no set, no process left, Builder's API up, and the next run as if nothing had been.</summary>
public sealed class FaultTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private async Task RenameAsync(string from, string to)
    {
        await chain.Builder.Postgres.ExecuteAsync("postgres", $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{from}'", Token);
        await chain.Builder.Postgres.ExecuteAsync("postgres", $"ALTER DATABASE {from} RENAME TO {to}", Token);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Postgres_that_is_down()
    {
        await using var app = await chain.StartAppAsync();
        await chain.Builder.Postgres.StopAsync(immediate: true);
        try
        {
            await app.AssertFailedCleanlyAsync(await app.BackUpAsync(), "DR3", "127.0.0.1");
            Assert.True(chain.Builder.Host.Supervisor.IsUp);
        }
        finally
        {
            await chain.Builder.Postgres.StartAsync(Token);
        }

        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task A_wrong_password()
    {
        await using var app = await chain.StartAppAsync(("Sites__main__Postgres__Password", "not-it-3f2a"));

        var failed = await app.BackUpAsync();

        await app.AssertFailedCleanlyAsync(failed, "DR3", "password");
        Assert.DoesNotContain("not-it-3f2a", failed.GetRawText() + app.Process.Log, StringComparison.Ordinal);
        await RestartAsync(app, ("Sites__main__Postgres__Password", null));
        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task A_bucket_that_is_missing()
    {
        await using var app = await chain.StartAppAsync(("Sites__main__Artifacts__Bucket", "no-such-bucket"));

        await app.AssertFailedCleanlyAsync(await app.BackUpAsync(), "DR4", "no-such-bucket");

        await RestartAsync(app, ("Sites__main__Artifacts__Bucket", null));
        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task A_database_that_is_lost_while_what_it_was_merged_from_is_still_there()
    {
        await using var app = await chain.StartAppAsync();
        await app.AssertNextRunSucceedsAsync();
        await using var originsrv = new TestDatabase(chain.Builder.Postgres, "builder_originsrv");
        await using var sessionsrv = new TestDatabase(chain.Builder.Postgres, "builder_sessionsrv");
        await chain.Builder.Postgres.CreateDatabaseAsync(originsrv.Name, Token);
        await chain.Builder.Postgres.CreateDatabaseAsync(sessionsrv.Name, Token);
        await RenameAsync("builder", "gone");
        try
        {
            var error = (await app.BackUpAsync()).GetProperty("error").GetString();
            Assert.StartsWith("DR2006", error, StringComparison.Ordinal);
            Assert.Contains("'builder_originsrv', 'builder_sessionsrv'", error, StringComparison.Ordinal);
            Assert.Equal(1, (await app.Process.GetAsync("/api/backups", Token)).GetProperty("backups").GetArrayLength());
        }
        finally
        {
            await RenameAsync("gone", "builder");
        }

        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task Several_things_at_once_are_told_together()
    {
        await using var app = await chain.StartAppAsync(
            ("Sites__main__Artifacts__Bucket", "no-such-bucket"), ("Sites__main__Postgres__Password", "wrong"), ("Sites__main__Service__Name", "habitat/not-loaded"));

        var failed = await app.BackUpAsync();

        await app.AssertFailedCleanlyAsync(failed, "DR2001", "no-such-bucket");
        Assert.Contains("correct Sites__main__Service__Name", failed.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("DR2003: the supervisor of site 'main' does not know the API's service", failed.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("password", failed.GetProperty("error").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_vault_that_is_unreachable()
    {
        await using var app = await chain.StartAppAsync();
        await chain.Builder.Azurite.StopAsync();
        try
        {
            var failed = await app.BackUpAsync();
            Assert.Contains("DR5001", failed.GetProperty("error").GetString(), StringComparison.Ordinal);
            Assert.True(chain.Builder.Host.Supervisor.IsUp);
        }
        finally
        {
            await chain.Builder.Azurite.StartAsync(Token);
        }

        await app.AssertNoSetAsync();
        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task An_ssh_host_key_that_changed()
    {
        await using var app = await chain.StartAppAsync(("Sites__main__Service__HostKeyFingerprint", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));

        await app.AssertFailedCleanlyAsync(await app.BackUpAsync(), "DR6", "SHA256:AAAA");

        await RestartAsync(app, ("Sites__main__Service__HostKeyFingerprint", chain.Builder.Host.Ssh.HostKeyFingerprint));
        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task A_stop_that_hangs()
    {
        await using var app = await chain.StartAppAsync();
        chain.Builder.Host.Supervisor.StopHangs = true;
        try
        {
            await app.AssertFailedCleanlyAsync(await app.BackUpAsync(), "DR6", "builder-api");
        }
        finally
        {
            chain.Builder.Host.Supervisor.StopHangs = false;
        }

        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task A_pg_dump_that_is_killed_half_way()
    {
        using var tools = new TemporaryFolder("tools");
        // The real pg_dump, ended by SIGKILL as soon as the archive has begun; every time, so that no retry helps.
        await WriteToolAsync(tools["pg_dump"], $$"""
            #!/bin/bash
            case "$*" in *--version*|*--schema-only*) exec {{chain.Builder.Postgres.ToolsFolder}}/pg_dump "$@";; esac
            {{chain.Builder.Postgres.ToolsFolder}}/pg_dump "$@" | head -c 4096
            kill -KILL $$
            """);
        await using var app = await chain.StartAppAsync(("Sites__main__Postgres__Tools", tools.FullPath));

        await app.AssertFailedCleanlyAsync(await app.BackUpAsync(), "DR3", "pg_dump");

        Assert.Empty(chain.DumpProcesses());
        await RestartAsync(app, ("Sites__main__Postgres__Tools", chain.Builder.Postgres.ToolsFolder));
        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task A_dump_that_hangs_keeps_the_API_down_for_no_longer_than_it_may_and_is_good_when_it_ends()
    {
        using var tools = new TemporaryFolder("tools");
        await WriteToolAsync(tools["pg_dump"], $$"""
            #!/bin/bash
            case "$*" in *--version*|*--schema-only*) exec {{chain.Builder.Postgres.ToolsFolder}}/pg_dump "$@";; esac
            while [ ! -e "{{tools["go"]}}" ]; do sleep 0.2; done
            exec {{chain.Builder.Postgres.ToolsFolder}}/pg_dump "$@"
            """);

        // Without the watchdog, which looks after such a run as well, as long as it can read the vault.
        await using var app = await chain.StartAppAsync(
            ("Sites__main__Postgres__Tools", tools.FullPath), ("Monitoring__MaxApiDowntime", "00:01:00"), ("AzureWebJobs.ApiWatchdog.Disabled", "true"));
        var accepted = await app.StartBackupAsync();
        await app.WaitForPhaseAsync(accepted.GetProperty("id").GetString()!, "dump");
        Assert.False(chain.Builder.Host.Supervisor.IsUp);

        Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(chain.Builder.Host.Supervisor.IsUp), TimeSpan.FromMinutes(3), Token));
        await File.WriteAllTextAsync(tools["go"], "", Token);

        var manifest = await app.ManifestAsync(await app.WaitAsync(accepted));
        Assert.InRange(manifest.GetProperty("api").GetProperty("downSeconds").GetDouble(), 60, 180);
    }

    [Fact]
    public async Task A_folder_vault_whose_disk_is_full()
    {
        using var folder = new TemporaryFolder("disk");
        await using var disk = await SmallDisk.MountAsync(folder["vault"], 2, Token);
        await using var app = await chain.StartAppAsync(("Vault__Url", "file://" + disk.Folder), ("Vault__ConnectionString", null));

        await app.AssertFailedCleanlyAsync(await app.BackUpAsync(), "DR5005", disk.Folder);

        await Tool.RunAsync(new ServerCommand("mount", "mount", "-o", "remount,size=256m", disk.Folder), Token);
        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task A_vault_that_goes_away_half_way()
    {
        await using var app = await chain.StartAppAsync();
        chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromSeconds(2);
        try
        {
            var accepted = await app.StartBackupAsync();
            await app.WaitForPhaseAsync(accepted.GetProperty("id").GetString()!, "stop API");

            // Once the stop is asked for, the wish to start again lies in the vault; without it nothing would be stopped.
            Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(!chain.Builder.Host.Supervisor.IsWanted), TimeSpan.FromMinutes(1), Token));
            await chain.Builder.Azurite.StopAsync();

            // The set cannot be written; the API has to come back all the same, and the wish for it can only be cleared with the vault.
            Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(!chain.Builder.Host.Supervisor.IsUp), TimeSpan.FromMinutes(1), Token));
            Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(chain.Builder.Host.Supervisor.IsUp), TimeSpan.FromMinutes(3), Token));
            await chain.Builder.Azurite.StartAsync(Token);
            var failed = await app.WaitAsync(accepted);
            Assert.Equal("failed", failed.GetProperty("state").GetString());
            Assert.Contains("HINT: ", failed.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromMilliseconds(300);
            if (!chain.Builder.Azurite.IsRunning)
            {
                await chain.Builder.Azurite.StartAsync(Token);
            }
        }

        await app.AssertNoSetAsync();
        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task An_app_killed_between_stop_and_start()
    {
        await using var app = await chain.StartAppAsync();
        chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromSeconds(2);
        string id;
        try
        {
            id = (await app.StartBackupAsync()).GetProperty("id").GetString()!;
            await app.WaitForPhaseAsync(id, "stop API");
            Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(!chain.Builder.Host.Supervisor.IsUp), TimeSpan.FromSeconds(30), Token));
            await app.Process.KillAsync();
            Assert.False(chain.Builder.Host.Supervisor.IsUp);
        }
        finally
        {
            chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromMilliseconds(300);
        }

        await app.Process.StartAsync(Token);
        var ended = await app.Process.WaitForOperationAsync(id, TimeSpan.FromMinutes(2), null, Token);

        // The durable run goes on where it was: the set is whole and Builder is up.
        await app.ManifestAsync(ended);
        Assert.True(chain.Builder.Host.Supervisor.IsUp);
        Assert.Empty(chain.DumpProcesses());
        await app.AssertNextRunSucceedsAsync();
    }

    [Fact]
    public async Task A_run_terminated_while_the_api_is_down_is_mended_by_the_watchdog()
    {
        await using var app = await chain.StartAppAsync();
        chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromSeconds(2);
        try
        {
            var id = (await app.StartBackupAsync()).GetProperty("id").GetString()!;
            await app.WaitForPhaseAsync(id, "stop API");
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/runtime/webhooks/durabletask/instances/dr-main/terminate?reason=test");
            request.Headers.Add("x-functions-key", app.Process.MasterKey);
            using var terminated = await app.Process.Http.SendAsync(request, Token);
            Assert.Equal(HttpStatusCode.Accepted, terminated.StatusCode);
            using var child = new HttpRequestMessage(HttpMethod.Post, $"/runtime/webhooks/durabletask/instances/{id}/terminate?reason=test");
            child.Headers.Add("x-functions-key", app.Process.MasterKey);
            using var childTerminated = await app.Process.Http.SendAsync(child, Token);
            Assert.Equal(HttpStatusCode.Accepted, childTerminated.StatusCode);
            var ended = await app.Process.WaitForOperationAsync(id, ChainApp.Longest, null, Token);
            Assert.Equal("canceled", ended.GetProperty("state").GetString());
            Assert.StartsWith($"DR1022: operation {id} was terminated", ended.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            chain.Builder.Host.Supervisor.StopDelay = TimeSpan.FromMilliseconds(300);
        }

        // The watchdog looks every minute.
        Assert.True(
            await Condition.TryAwaitAsync(_ => Task.FromResult(chain.Builder.Host.Supervisor.IsUp), TimeSpan.FromSeconds(100), Token), app.Process.Log);
        await app.AssertNoSetAsync();
        await app.AssertNextRunSucceedsAsync();
    }

    private static async Task RestartAsync(ChainApp app, (string Name, string? Value) setting)
    {
        await app.Process.StopAsync();
        app.Process.Settings[setting.Name] = setting.Value;
        await app.Process.StartAsync(Token);
    }

    private static async Task WriteToolAsync(string path, string script)
    {
        await File.WriteAllTextAsync(path, script, Token);
        await Tool.RunAsync(new ServerCommand("chmod", "chmod", "500", path), Token);
    }
}
