using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

/// <summary>Tools=ssh: pg_dump runs on the Builder host, over a real SSH connection.</summary>
public sealed class HostToolsTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dump_by_the_builder_host_s_own_tools_restores_to_the_same_fingerprint()
    {
        await using var database = await servers.NewBuilderDatabaseAsync();
        await using var host = await ConnectAsync();
        var server = new PostgresServer(Endpoint(database, $"env PATH={database.Cluster.ToolsFolder}"), host);
        using var stored = new MemoryStream();
        var facts = await server.DumpAsync(new DumpRequest(database.Name), stored, progress: null, Cancellation);
        Assert.Equal((await database.Cluster.Server().CheckToolsAsync(Cancellation)).Text, facts.ToolVersion);

        await using var target = await servers.NewDatabaseAsync();
        stored.Position = 0;
        var local = database.Cluster.Server();
        await local.RestoreAsync(new RestoreRequest(target.Name, DumpCompression.Zstd, OwnerRole: null), stored, progress: null, Cancellation);
        Assert.Empty(FingerprintComparison.Compare(facts.Fingerprint, await local.FingerprintAsync(target.Name, algorithm: null, Cancellation)));
    }

    [Fact]
    public async Task A_cancelled_dump_ends_on_the_builder_host_too()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(database.Name, "CREATE TABLE noise AS SELECT md5(i::text) || md5((i + 1)::text) AS t FROM generate_series(1, 500000) i", Cancellation);
        await using var host = await ConnectAsync();
        var server = new PostgresServer(Endpoint(database, $"env PATH={database.Cluster.ToolsFolder}"), host);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var store = new CancellingStore(cancel, database.Name);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.DumpAsync(new DumpRequest(database.Name), store, progress: null, cancel.Token));
        Assert.True(store.SawTool);
        Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(PostgresAccess.ToolProcesses("pg_dump", database.Name).Count == 0), TimeSpan.FromSeconds(20), Cancellation));
    }

    [Fact]
    public async Task A_tool_that_the_builder_host_has_not_is_named_as_it_was_called()
    {
        await using var database = await servers.NewDatabaseAsync();
        await using var host = await ConnectAsync();
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => new PostgresServer(Endpoint(database, "env PATH=/nowhere"), host).CheckToolsAsync(Cancellation));
        Assert.Equal("DR3010", fault.Code);
        Assert.Contains("'env PATH=/nowhere pg_dump'", fault.What, StringComparison.Ordinal);
        var restore = await Assert.ThrowsAsync<PermanentFaultException>(() => new PostgresServer(Endpoint(database, "x"), host)
            .RestoreAsync(new RestoreRequest(database.Name, DumpCompression.Zstd, OwnerRole: null), Stream.Null, progress: null, Cancellation));
        Assert.Equal("DR3030", restore.Code);
    }

    private static PostgresEndpoint Endpoint(TestDatabase database, string command) => new()
    {
        Host = database.Cluster.SocketFolder,
        Port = database.Cluster.Port,
        HostOnBuilder = database.Cluster.Host,
        PortOnBuilder = database.Cluster.Port,
        Username = database.Cluster.Username,
        Password = database.Cluster.Password,
        Tools = "ssh",
        ToolsCommand = command,
    };

    private async Task<SshBuilderHost> ConnectAsync()
    {
        var ssh = await servers.SshAsync();
        return new SshBuilderHost(new ServiceOptions
        {
            Control = "ssh",
            Host = ssh.Host,
            Port = ssh.Port,
            User = ssh.User,
            PrivateKeyFile = ssh.PrivateKeyFile,
            HostKeyFingerprint = ssh.HostKeyFingerprint,
        });
    }

    private sealed class CancellingStore(CancellationTokenSource cancel, string database) : MemoryStream
    {
        public bool SawTool { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            SawTool |= PostgresAccess.ToolProcesses("pg_dump", database).Count > 0;
            await cancel.CancelAsync();
            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
