using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

public sealed class DumpFaultTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dump_tool_older_than_the_server_is_refused_before_anything_begins()
    {
        var cluster = await servers.PostgresAsync();
        using var folder = new TemporaryFolder("tools");
        await WriteToolAsync(folder, "echo 'pg_dump (PostgreSQL) 9.6.24'");
        var server = new PostgresServer(cluster.Endpoint(tools: folder.FullPath), host: null);
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => server.CheckToolsAsync(Cancellation));
        Assert.Equal("DR3011", fault.Code);
        Assert.Contains("pg_dump 9.6.24 is older than the server", fault.What, StringComparison.Ordinal);
        using var stored = new MemoryStream();
        Assert.Equal("DR3011", (await Assert.ThrowsAsync<PermanentFaultException>(() => server.DumpAsync(new DumpRequest("postgres"), stored, progress: null, Cancellation))).Code);
        Assert.Equal(0, stored.Length);
    }

    [Fact]
    public async Task A_dump_tool_that_gets_no_answer_is_ended_by_the_check_and_named()
    {
        var cluster = await servers.PostgresAsync();
        using var folder = new TemporaryFolder("tools");
        await WriteToolAsync(folder, "exec sleep 600");
        var tools = new PostgresTools(cluster.Endpoint(tools: folder.FullPath), new PostgresLimits { Stall = TimeSpan.FromSeconds(1) }, host: null);

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => tools.CheckConnectsAsync("pg_dump", "postgres", Cancellation));

        Assert.Equal("DR3028", fault.Code);
    }

    [Fact]
    public async Task A_dump_tool_that_is_none_is_refused()
    {
        var cluster = await servers.PostgresAsync();
        using var folder = new TemporaryFolder("tools");
        await WriteToolAsync(folder, "echo gone fishing");
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => new PostgresServer(cluster.Endpoint(tools: folder.FullPath), host: null).CheckToolsAsync(Cancellation));
        Assert.Equal("DR3012", fault.Code);
        Assert.Contains("gone fishing", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pg_dump_killed_half_way_is_a_transient_fault_and_leaves_no_process()
    {
        await using var database = await LargeAsync();
        await using var store = new Store(() =>
        {
            var pid = Assert.Single(PostgresAccess.ToolProcesses("pg_dump", database.Name));
            Assert.DoesNotContain(database.Cluster.Password, File.ReadAllText($"/proc/{pid}/cmdline"), StringComparison.Ordinal);
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            process.Kill();
        });
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => database.Cluster.Server().DumpAsync(new DumpRequest(database.Name), store, progress: null, Cancellation));
        Assert.Equal("DR3014", fault.Code);
        Assert.Contains("signal 9", fault.What, StringComparison.Ordinal);
        await AssertNothingLeftAsync(database);
    }

    [Theory]
    [InlineData(DumpCompression.Zstd)]
    [InlineData(DumpCompression.Gzip)]
    public async Task A_cancelled_dump_ends_at_once_and_leaves_no_process(DumpCompression compression)
    {
        await using var database = await LargeAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var store = new Store(cancel.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => database.Cluster.Server().DumpAsync(new DumpRequest(database.Name, compression), store, progress: null, cancel.Token));
        await AssertNothingLeftAsync(database);
    }

    [Fact]
    public async Task A_store_that_fails_ends_the_dump_with_the_store_s_error()
    {
        await using var database = await LargeAsync();
        await using var store = new Store(() => throw new IOException("no space left"));
        var error = await Assert.ThrowsAsync<IOException>(() => database.Cluster.Server().DumpAsync(new DumpRequest(database.Name), store, progress: null, Cancellation));
        Assert.Equal("no space left", error.Message);
        await AssertNothingLeftAsync(database);
    }

    [Fact]
    public async Task Pg_dump_that_hangs_is_ended_by_the_stall_limit()
    {
        await using var database = await servers.NewDatabaseAsync();
        using var folder = new TemporaryFolder("tools");
        await WriteToolAsync(folder, $"case \"$1\" in --version) exec '{database.Cluster.ToolsFolder}/pg_dump' --version;; esac; printf PGDMP; exec sleep 600");
        var server = new PostgresServer(database.Cluster.Endpoint(tools: folder.FullPath), host: null) { Limits = new PostgresLimits { Stall = TimeSpan.FromSeconds(1) } };
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => server.DumpAsync(new DumpRequest(database.Name), Stream.Null, progress: null, Cancellation));
        Assert.Equal("DR3028", fault.Code);
        Assert.Empty(PostgresAccess.ToolProcesses("sleep", database.Name));
    }

    [Fact]
    public async Task A_store_that_fails_while_pg_dump_is_silent_ends_it_at_once()
    {
        await using var database = await servers.NewDatabaseAsync();
        using var folder = new TemporaryFolder("tools");
        await WriteToolAsync(folder, $"case \"$1\" in --version) exec '{database.Cluster.ToolsFolder}/pg_dump' --version;; esac; head -c 9000000 /dev/zero; exec sleep 600");
        await using var store = new Store(() => throw new IOException("no space left"));
        var server = new PostgresServer(database.Cluster.Endpoint(tools: folder.FullPath), host: null);
        Assert.Equal("no space left", (await Assert.ThrowsAsync<IOException>(() => server.DumpAsync(new DumpRequest(database.Name), store, progress: null, Cancellation))).Message);
        Assert.Empty(PostgresAccess.ToolProcesses("sleep", database.Name));
    }

    [Fact]
    public async Task A_dump_tool_that_never_says_its_version_is_given_up()
    {
        var cluster = await servers.PostgresAsync();
        using var folder = new TemporaryFolder("tools");
        await WriteToolAsync(folder, "exec sleep 600");
        var server = new PostgresServer(cluster.Endpoint(tools: folder.FullPath), host: null) { Limits = new PostgresLimits { ToolVersion = TimeSpan.FromMilliseconds(300) } };
        Assert.Equal("DR3012", (await Assert.ThrowsAsync<PermanentFaultException>(() => server.CheckToolsAsync(Cancellation))).Code);
    }

    [Fact]
    public async Task A_role_without_rights_is_told_which_and_how_to_give_them()
    {
        await using var database = await servers.NewDatabaseAsync();
        var role = Servers.NewName("reader");
        await database.Cluster.ExecuteAsync(database.Name, $"CREATE ROLE {role} LOGIN PASSWORD 'pw'; CREATE SCHEMA shut; CREATE TABLE shut.diary (id serial); CREATE TABLE origins (name text)", Cancellation);
        try
        {
            var server = new PostgresServer(database.Cluster.Endpoint(username: role, password: "pw"), host: null);
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => server.DumpAsync(new DumpRequest(database.Name), Stream.Null, progress: null, Cancellation));
            Assert.Equal("DR3015", fault.Code);
            Assert.Contains("table \"public\".\"origins\", table \"shut\".\"diary\", sequence \"shut\".\"diary_id_seq\"", fault.What, StringComparison.Ordinal);
            Assert.Contains($"GRANT USAGE ON SCHEMA \"shut\" TO \"{role}\";", fault.Hint, StringComparison.Ordinal);
            foreach (var grant in fault.Hint[(fault.Hint.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                await database.Cluster.ExecuteAsync(database.Name, grant, Cancellation);
            }

            var facts = await server.DumpAsync(new DumpRequest(database.Name), Stream.Null, progress: null, Cancellation);
            Assert.Equal(2, facts.Fingerprint.Tables.Count);
            await database.Cluster.ExecuteAsync(database.Name, "ALTER TABLE origins ENABLE ROW LEVEL SECURITY", Cancellation);
            fault = await Assert.ThrowsAsync<PermanentFaultException>(() => server.FingerprintAsync(database.Name, algorithm: null, Cancellation));
            Assert.Equal("DR3034", fault.Code);
        }
        finally
        {
            await database.Cluster.ExecuteAsync(database.Name, $"DROP OWNED BY {role}; DROP ROLE {role}", Cancellation);
        }
    }

    [Fact]
    public async Task A_table_locked_by_another_session_is_named_with_it()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(database.Name, "CREATE TABLE origins (name text); CREATE TABLE busy (name text)", Cancellation);
        await using var other = await database.Cluster.OpenAsync(database.Name, Cancellation);
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        await using var alter = new NpgsqlCommand("ALTER TABLE busy ADD COLUMN more text", other);
        await alter.ExecuteNonQueryAsync(Cancellation);
        var server = new PostgresServer(database.Cluster.Endpoint(), host: null) { Limits = new PostgresLimits { Lock = TimeSpan.FromSeconds(3) } };
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => server.DumpAsync(new DumpRequest(database.Name), Stream.Null, progress: null, Cancellation));
        Assert.Equal("DR3016", fault.Code);
        Assert.Contains($"table \"public\".\"busy\" (by process {other.ProcessID})", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_that_go_whenever_they_are_to_be_locked_are_not_waited_for_any_longer()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(database.Name, "CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c ()", Cancellation);
        var drops = new List<NpgsqlConnection>();
        foreach (var table in new[] { "a", "b", "c" })
        {
            drops.Add(await database.Cluster.OpenAsync(database.Name, Cancellation));
            await ExecuteAsync(drops[^1], $"BEGIN; DROP TABLE {table}");
        }

        var reading = Assert.ThrowsAsync<TransientFaultException>(() => database.Cluster.Server().FingerprintAsync(database.Name, algorithm: null, Cancellation));
        var waiting = 0;
        foreach (var drop in drops)
        {
            waiting = await AwaitWaitingAsync(database, waiting);
            await ExecuteAsync(drop, "COMMIT");
            await drop.DisposeAsync();
        }

        var fault = await reading;
        Assert.Equal("DR3029", fault.Code);
        Assert.Contains(database.Name, fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_statement_that_somebody_canceled_is_tried_again_and_any_other_error_is_not()
    {
        await using var database = await servers.NewDatabaseAsync();
        await using var other = await database.Cluster.OpenAsync(database.Name, Cancellation);
        await ExecuteAsync(other, "CREATE TABLE t ()");
        await ExecuteAsync(other, "BEGIN; LOCK TABLE t");
        var server = database.Cluster.Server();

        var reading = Assert.ThrowsAsync<TransientFaultException>(() => server.FingerprintAsync(database.Name, algorithm: null, Cancellation));
        await ExecuteAsync(other, $"SELECT pg_cancel_backend({await AwaitWaitingAsync(database, 0)})");
        var canceled = await reading;
        var wrong = await Assert.ThrowsAsync<PermanentFaultException>(
            () => server.UseAsync(
                database.Name,
                async (source, token) =>
                {
                    await using var command = source.CreateCommand("SELECT 1 / 0");
                    return await command.ExecuteScalarAsync(token);
                },
                Cancellation));

        Assert.Equal(("DR3026", "DR3026"), (canceled.Code, wrong.Code));
        Assert.Contains("57014", canceled.What, StringComparison.Ordinal);
        Assert.Contains("22012: division by zero", wrong.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_crashes_half_way_is_a_transient_fault()
    {
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
        await cluster.CreateDatabaseAsync("builder", Cancellation);
        await FillAsync(cluster, "builder");
        await using var store = new Store(() => SignalQuit(cluster.ProcessId));
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => cluster.Server().DumpAsync(new DumpRequest("builder"), store, progress: null, Cancellation));
        Assert.True(fault.Code is "DR3001" or "DR3013" or "DR3018", fault.Message);
        Assert.Empty(PostgresAccess.ToolProcesses("pg_dump", "builder"));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>The process of the app's next session that waits for a lock, after the one before.</summary>
    private static async Task<int> AwaitWaitingAsync(TestDatabase database, int before)
    {
        await using var connection = await database.Cluster.OpenAsync("postgres", Cancellation);
        await using var command = new NpgsqlCommand(
            $"SELECT pid FROM pg_stat_activity WHERE datname = '{database.Name}' AND application_name = 'builder-dr' AND wait_event_type = 'Lock' AND pid <> {before}", connection);
        object? pid = null;
        Assert.True(await Condition.TryAwaitAsync(async token => (pid = await command.ExecuteScalarAsync(token)) is not null, TimeSpan.FromSeconds(20), Cancellation), "never waits");
        return (int)pid!;
    }

    private static Task FillAsync(PostgresCluster cluster, string database) => cluster.ExecuteAsync(
        database, "CREATE TABLE noise AS SELECT i, (SELECT string_agg(md5((i * j)::text), '') FROM generate_series(1, 40) j) AS text FROM generate_series(1, 30000) i", Cancellation);

    private static void SignalQuit(int processId)
    {
        using var kill = System.Diagnostics.Process.Start("/bin/kill", ["-QUIT", $"{processId}"]);
        kill.WaitForExit();
    }

    private static async Task WriteToolAsync(TemporaryFolder folder, string script)
    {
        await File.WriteAllTextAsync(folder["pg_dump"], $"#!/bin/sh\n{script}\n", Cancellation);
        await Tool.RunAsync(new ServerCommand("chmod", "chmod", "500", folder["pg_dump"]), Cancellation);
    }

    private static async Task AssertNothingLeftAsync(TestDatabase database)
    {
        Assert.Empty(PostgresAccess.ToolProcesses("pg_dump", database.Name));
        // the server's side of a killed client goes when it next writes to it
        var gone = await Condition.TryAwaitAsync(
            async token => (await database.Cluster.Server().ListConnectionsAsync(database.Name, token)).Count == 0, TimeSpan.FromSeconds(20), Cancellation);
        Assert.True(gone);
    }

    // ten frames, so that the first reaches the store long before the last is read
    private async Task<TestDatabase> LargeAsync()
    {
        var database = await servers.NewDatabaseAsync();
        await FillAsync(database.Cluster, database.Name);
        return database;
    }

    private sealed class Store(Action first) : MemoryStream
    {
        private bool _begun;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_begun)
            {
                _begun = true;
                first();
            }

            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
