using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
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

    private static async Task AssertFaultAsync<T>(string code, PostgresEndpoint endpoint, PostgresLimits? limits = null)
        where T : FaultException
    {
        var fault = await Assert.ThrowsAsync<T>(() => new PostgresServer(endpoint, host: null) { Limits = limits ?? new() }.ProbeAsync(Cancellation));
        Assert.Equal(code, fault.Code);
        Assert.True(endpoint.Password.Length == 0 || !fault.Message.Contains(endpoint.Password, StringComparison.Ordinal));
    }
}
