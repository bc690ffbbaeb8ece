using System.Globalization;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

public sealed class ProbeTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tells_what_the_server_is_over_either_way_to_it()
    {
        var cluster = await servers.PostgresAsync();
        foreach (var host in new[] { cluster.Host, cluster.SocketFolder })
        {
            var facts = await new PostgresServer(cluster.Endpoint(host: host), host: null).ProbeAsync(Cancellation);
            Assert.Equal(128, facts.MaxLocksPerTransaction);
            Assert.Equal("hab", facts.Role);
            Assert.True(facts is { IsSuperuser: true, CanCreateDatabase: true, IsInRecovery: false, VersionNumber: >= 90600 });
            Assert.StartsWith($"{facts.Major}.", facts.Version, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Each_way_of_being_kept_out_has_its_own_fault()
    {
        var cluster = await servers.PostgresAsync();
        using var free = LoopbackPort.Reserve();
        await AssertFaultAsync<TransientFaultException>("DR3001", cluster.Endpoint(port: free.Number));
        await AssertFaultAsync<TransientFaultException>("DR3001", cluster.Endpoint(host: "/nowhere"));
        await AssertFaultAsync<PermanentFaultException>("DR3002", cluster.Endpoint(password: "not-this-one"));
        await AssertFaultAsync<PermanentFaultException>("DR3002", cluster.Endpoint(password: ""));
        await AssertFaultAsync<PermanentFaultException>("DR3002", cluster.Endpoint(username: "nobody"));
        await AssertFaultAsync<PermanentFaultException>("DR3003", cluster.Endpoint(sslMode: "require"));
        await AssertFaultAsync<PermanentFaultException>("DR3027", cluster.Endpoint(sslMode: "yes"));
    }

    [Fact]
    public async Task A_closed_door_is_told_with_what_opens_it()
    {
        await using var database = await servers.NewDatabaseAsync();
        var (cluster, name, role) = (database.Cluster, database.Name, Servers.NewName("plain"));
        var endpoint = cluster.Endpoint(username: role, password: "pw");
        await cluster.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD 'pw'", Cancellation);
        try
        {
            await AssertAsync($"ALTER ROLE {role} NOLOGIN", $"ALTER ROLE {role} LOGIN", "DR3005", "is not permitted to log in", "ALTER ROLE … LOGIN");
            await AssertAsync($"ALTER DATABASE {name} ALLOW_CONNECTIONS false", $"ALTER DATABASE {name} ALLOW_CONNECTIONS true", "DR3005", "is not currently accepting connections", $"ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS true");
            await AssertAsync($"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC", $"GRANT CONNECT ON DATABASE {name} TO PUBLIC", "DR3005", "permission denied for database", $"GRANT CONNECT ON DATABASE \"{name}\" TO \"{role}\";");
            await AssertAsync($"ALTER DATABASE {name} CONNECTION LIMIT 0", $"ALTER DATABASE {name} CONNECTION LIMIT -1", "DR3009", "too many connections for database", "A limit of 0 keeps everyone out");
            await AssertAsync($"ALTER ROLE {role} CONNECTION LIMIT 0", $"ALTER ROLE {role} CONNECTION LIMIT -1", "DR3009", "too many connections for role", "CONNECTION LIMIT of database or role");
        }
        finally
        {
            await cluster.ExecuteAsync("postgres", $"DROP ROLE {role}", Cancellation);
        }

        async Task AssertAsync(string closes, string opens, string code, string what, string hint)
        {
            var server = new PostgresServer(endpoint, host: null);
            await cluster.ExecuteAsync("postgres", closes, Cancellation);
            var fault = await Assert.ThrowsAnyAsync<FaultException>(() => server.UseAsync(name, (source, token) => source.OpenConnectionAsync(token).AsTask(), Cancellation));
            Assert.Equal((code, code is "DR3009"), (fault.Code, fault is TransientFaultException));
            Assert.Contains(what, fault.What, StringComparison.Ordinal);
            Assert.Contains(hint, fault.Hint, StringComparison.Ordinal);
            await cluster.ExecuteAsync("postgres", opens, Cancellation);
            await using var connection = await server.UseAsync(name, (source, token) => source.OpenConnectionAsync(token).AsTask(), Cancellation);
        }
    }

    [Fact]
    public async Task A_server_that_is_full_or_stopping_is_asked_again_and_one_closed_database_is_gone_around()
    {
        var few = new PostgresClusterOptions { Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["max_connections"] = "15" } };
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(few, token));
        await cluster.ExecuteAsync("postgres", "CREATE ROLE plain LOGIN PASSWORD 'pw' CREATEDB", Cancellation);
        var endpoint = cluster.Endpoint(username: "plain", password: "pw");
        foreach (var closes in new[] { "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC", "ALTER DATABASE postgres CONNECTION LIMIT 0" })
        {
            await cluster.ExecuteAsync("template1", closes, Cancellation);
            var server = new PostgresServer(endpoint, host: null);
            Assert.Equal("plain", (await server.ProbeAsync(Cancellation)).Role);
            await server.CreateDatabaseAsync("made", owner: null, "UTF8", locale: null, Cancellation);
            await new DatabaseSwap(server, TimeProvider.System).DoAsync(new SwapOrder("op", "main", "label", Force: false, [new SwapPair("live", "made", Before: null)]), Cancellation);
            Assert.True(await server.DropDatabaseAsync("live", Cancellation));
            await cluster.ExecuteAsync("template1", "GRANT CONNECT ON DATABASE postgres TO PUBLIC", Cancellation);
        }

        await using (var source = new PostgresServer(endpoint, host: null).Connect("template1"))
        {
            // three of the fifteen are kept for superusers, and one that was just closed holds its place for a moment
            var held = new List<NpgsqlConnection>();
            Assert.True(await Condition.TryAwaitAsync(async token => await TryHoldAsync(source, held, token) && held.Count == 12, TimeSpan.FromSeconds(20), Cancellation));
            await AssertFaultAsync<TransientFaultException>("DR3009", endpoint);
            held.ForEach(connection => connection.Dispose());
        }

        await using var session = await cluster.OpenAsync("postgres", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(cluster.DataFolder, "pg_hba.conf"), "host all hab 127.0.0.1/32 scram-sha-256", Cancellation);
        await cluster.ExecuteAsync("postgres", "SELECT pg_reload_conf()", Cancellation);
        await AssertSoonAsync("DR3005", endpoint);

        // told to stop, it waits for the session
        NativeSignals.Send(cluster.ProcessId, UnixSignal.Terminate);
        var fault = await AssertSoonAsync("DR3008", cluster.Endpoint());
        Assert.IsType<TransientFaultException>(fault);
        Assert.Contains("shutting down", fault.What, StringComparison.Ordinal);
    }

    private static async Task<bool> TryHoldAsync(NpgsqlDataSource source, List<NpgsqlConnection> held, CancellationToken cancellationToken)
    {
        try
        {
            held.Add(await source.OpenConnectionAsync(cancellationToken));
            return true;
        }
        catch (PostgresException full) when (full.SqlState is PostgresErrorCodes.TooManyConnections)
        {
            return false;
        }
    }

    [Fact]
    public async Task Its_connections_show_what_lies_between_that_they_are_alive()
    {
        await using var database = await servers.NewDatabaseAsync();
        await using var source = database.Cluster.Server().Connect(database.Name);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var command = new NpgsqlCommand("SELECT inet_client_port()", connection);
        var ends = $":{(int)(await command.ExecuteScalarAsync(Cancellation))!:X4} 0100007F:{database.Cluster.Port:X4} ";
        // timer 2 is the one for keep-alive, its time in hundredths of a second
        Assert.True(await Condition.TryAwaitAsync(
            async token => (await File.ReadAllLinesAsync("/proc/net/tcp", token)).Single(line => line.Contains(ends, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[5] is ['0', '2', ':', .. var rest]
                && int.Parse(rest, NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and <= 3000,
            TimeSpan.FromSeconds(20), Cancellation));
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up_in_time()
    {
        var cluster = await servers.PostgresAsync();
        using var mute = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        mute.Start();
        var endpoint = cluster.Endpoint(port: ((System.Net.IPEndPoint)mute.LocalEndpoint).Port);
        await AssertFaultAsync<TransientFaultException>("DR3004", endpoint, new PostgresLimits { Connect = TimeSpan.FromSeconds(1) });
    }

    [Fact]
    public async Task Finds_a_builder_s_databases_before_and_after_the_merges()
    {
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
        var server = cluster.Server();
        var none = await Assert.ThrowsAsync<PermanentFaultException>(() => server.ListBuilderDatabasesAsync(Cancellation));
        Assert.Equal("DR3007", none.Code);

        foreach (var name in new[] { "builder_sessionsrv", "builder_originsrv", "other" })
        {
            await cluster.CreateDatabaseAsync(name, Cancellation);
        }

        await cluster.ExecuteAsync("builder_originsrv", "CREATE SCHEMA shard_0; CREATE TABLE shard_0.origins (id bigint); CREATE TABLE origins (id bigint)", Cancellation);
        var sharded = await server.ListBuilderDatabasesAsync(Cancellation);
        Assert.Equal(["builder_originsrv", "builder_sessionsrv"], sharded.Select(database => database.Name), StringComparer.Ordinal);
        Assert.True(sharded[0] is { Owner: "hab", Schemas: 2, Tables: 2, Bytes: > 1_000_000 });

        await cluster.CreateDatabaseAsync("builder", Cancellation);
        Assert.Equal(["builder"], (await server.ListBuilderDatabasesAsync(Cancellation)).Select(database => database.Name), StringComparer.Ordinal);
        Assert.Null(await server.FindDatabaseAsync("nothing", Cancellation));
        var missing = await Assert.ThrowsAsync<PermanentFaultException>(() => server.FingerprintAsync("nothing", algorithm: null, Cancellation));
        Assert.Equal("DR3006", missing.Code);
    }

    [Fact]
    public async Task Says_before_a_dump_that_the_lock_table_is_too_small()
    {
        var few = new PostgresClusterOptions
        {
            MaxLocksPerTransaction = 10,
            Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["max_connections"] = "10" },
        };
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(few, token));
        await cluster.ExecuteAsync("postgres", "DO $$ BEGIN FOR i IN 1..90 LOOP EXECUTE format('CREATE TABLE t%s ()', i); IF i % 10 = 0 THEN COMMIT; END IF; END LOOP; END $$", Cancellation);
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => cluster.Server().CheckDumpableAsync("postgres", Cancellation));
        Assert.Equal("DR3017", fault.Code);
        Assert.Contains("max_locks_per_transaction to 128", fault.Hint, StringComparison.Ordinal);
    }

    private static async Task<FaultException> AssertSoonAsync(string code, PostgresEndpoint endpoint)
    {
        FaultException? fault = null;
        var came = await Condition.TryAwaitAsync(
            async token => (fault = await Record.ExceptionAsync(() => new PostgresServer(endpoint, host: null).ProbeAsync(token)) as FaultException)?.Code == code,
            TimeSpan.FromSeconds(20), Cancellation);
        Assert.True(came, fault?.Message);
        return fault!;
    }

    private static async Task AssertFaultAsync<T>(string code, PostgresEndpoint endpoint, PostgresLimits? limits = null)
        where T : FaultException
    {
        var fault = await Assert.ThrowsAsync<T>(() => new PostgresServer(endpoint, host: null) { Limits = limits ?? new() }.ProbeAsync(Cancellation));
        Assert.Equal(code, fault.Code);
        Assert.True(endpoint.Password.Length == 0 || !fault.Message.Contains(endpoint.Password, StringComparison.Ordinal));
    }
}
