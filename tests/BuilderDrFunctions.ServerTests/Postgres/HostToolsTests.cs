using System.Globalization;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

/// <summary>Tools=ssh: pg_dump and pg_restore run on the Builder host, over a real SSH connection.</summary>
public sealed class HostToolsTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DumpCompression.Zstd)]
    [InlineData(DumpCompression.Gzip)]
    public async Task A_dump_by_the_builder_host_s_own_tools_is_listed_and_restored_by_them_to_the_same_fingerprint(DumpCompression compression)
    {
        await using var database = await servers.NewBuilderDatabaseAsync();
        await using var host = await ConnectAsync();
        var server = new PostgresServer(Endpoint(database, $"env PATH={database.Cluster.ToolsFolder}"), host);
        using var stored = new MemoryStream();
        var facts = await server.DumpAsync(new DumpRequest(database.Name) { Compression = compression }, stored, progress: null, Cancellation);
        Assert.Equal((await database.Cluster.Server().CheckToolsAsync(Cancellation)).Text, facts.ToolVersion);

        stored.Position = 0;
        var listed = await server.ListArchiveAsync(stored, compression, Cancellation);
        stored.Position = 0;
        Assert.Equal(await database.Cluster.Server().ListArchiveAsync(stored, compression, Cancellation), listed);

        await using var target = await servers.NewDatabaseAsync();
        stored.Position = 0;
        Assert.False(server.CanRestoreStaged);
        var restored = await server.RestoreAndFingerprintAsync(
            new RestoreRequest(target.Name, compression, OwnerRole: null) { IndexMemoryBytes = 64 << 20 }, stored, staging: null, facts.Fingerprint.Algorithm, progress: null, Cancellation);
        Assert.Empty(FingerprintComparison.Compare(facts.Fingerprint, restored.Fingerprint));
    }

    [Fact]
    public async Task A_long_dump_is_listed_without_being_read_to_its_end()
    {
        await using var database = await servers.NewDatabaseAsync();
        await using var stored = await LongDumpAsync(database, rows: 3_000_000);
        await using var host = await ConnectAsync();

        Assert.Equal(1, (await new PostgresServer(Endpoint(database, Tools(database)), host).ListArchiveAsync(stored, DumpCompression.Zstd, Cancellation)).Tables);

        Assert.InRange(stored.Position, 0, stored.Length / 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_restore_ends_on_the_builder_host_too(bool stuck)
    {
        await using var database = await servers.NewDatabaseAsync();
        await using var stored = await LongDumpAsync(database);
        await using var target = await servers.NewDatabaseAsync();
        await using var host = await ConnectAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var dump = new WatchedDump(stored, () =>
        {
            // Stopped, it reads no more: the dump is held back when the end comes.
            var tool = Assert.Single(PostgresAccess.RestoreProcesses(target.Name));
            if (stuck)
            {
                NativeSignals.Send(tool, UnixSignal.Stop);
            }

            cancel.CancelAfter(TimeSpan.FromSeconds(stuck ? 1 : 0));
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new PostgresServer(Endpoint(database, Tools(database)), host)
            .RestoreAsync(new RestoreRequest(target.Name, DumpCompression.Zstd, OwnerRole: null), dump, progress: null, cancel.Token));

        Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(PostgresAccess.RestoreProcesses(target.Name).Count == 0), TimeSpan.FromSeconds(20), Cancellation));
    }

    [Fact]
    public async Task A_restore_that_the_server_refuses_gives_pg_restore_s_own_words()
    {
        await using var database = await servers.NewDatabaseAsync();
        await using var stored = await LongDumpAsync(database);
        await using var target = await servers.NewDatabaseAsync();
        await target.Cluster.ExecuteAsync(target.Name, "CREATE TABLE noise ()", Cancellation);
        await using var host = await ConnectAsync();

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => new PostgresServer(Endpoint(database, Tools(database)), host)
            .RestoreAsync(new RestoreRequest(target.Name, DumpCompression.Zstd, OwnerRole: null), stored, progress: null, Cancellation));

        Assert.Equal("DR3031", fault.Code);
        Assert.Contains("\"noise\" already exists", fault.What, StringComparison.Ordinal);
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
        Assert.Equal("DR3010", restore.Code);
    }

    private static string Tools(TestDatabase database) => $"env PATH={database.Cluster.ToolsFolder}";

    private static async Task<MemoryStream> LongDumpAsync(TestDatabase database, int rows = 500_000)
    {
        await database.Cluster.ExecuteAsync(
            database.Name, $"CREATE TABLE noise AS SELECT md5(i::text) || md5((i + 1)::text) AS t FROM generate_series(1, {rows.ToString(CultureInfo.InvariantCulture)}) i", Cancellation);
        var stored = new MemoryStream();
        await database.Cluster.Server().DumpAsync(new DumpRequest(database.Name), stored, progress: null, Cancellation);
        stored.Position = 0;
        return stored;
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

    private async Task<SshBuilderHost> ConnectAsync() => (await servers.SshAsync()).Connect();

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

    /// <summary>Tells, once, when half of it has been read.</summary>
    private sealed class WatchedDump(MemoryStream stored, Action half) : Stream
    {
        private bool _told;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => stored.Length;

        public override long Position
        {
            get => stored.Position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (!_told && stored.Position > stored.Length / 2)
            {
                _told = true;
                half();
            }

            return stored.Read(buffer, offset, Math.Min(count, 64 * 1024));
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
