using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

public sealed class AdministrationTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Creates_renames_and_drops_a_database_of_any_name()
    {
        var cluster = await servers.PostgresAsync();
        var server = cluster.Server();
        var (first, second) = (Servers.NewName("odd \"name' "), Servers.NewName("other=x "));
        await server.CreateDatabaseAsync(first, owner: null, "UTF8", locale: null, Cancellation);
        Assert.Equal("DR3023", (await Assert.ThrowsAsync<PermanentFaultException>(() => server.CreateDatabaseAsync(first, owner: null, "UTF8", locale: null, Cancellation))).Code);
        await server.RenameDatabaseAsync(first, second, Cancellation);
        Assert.Null(await server.FindDatabaseAsync(first, Cancellation));

        using var stored = new MemoryStream();
        await cluster.ExecuteAsync(second, "CREATE TABLE t AS SELECT 1 AS one", Cancellation);
        var facts = await server.DumpAsync(new DumpRequest(second), stored, progress: null, Cancellation);
        await server.CreateDatabaseAsync(first, owner: null, "UTF8", locale: null, Cancellation);
        stored.Position = 0;
        await server.RestoreAsync(new RestoreRequest(first, DumpCompression.Zstd, OwnerRole: null), stored, progress: null, Cancellation);
        Assert.Empty(FingerprintComparison.Compare(facts.Fingerprint, await server.FingerprintAsync(first, algorithm: null, Cancellation)));

        Assert.True(await server.DropDatabaseAsync(first, Cancellation));
        Assert.True(await server.DropDatabaseAsync(second, Cancellation));
        Assert.False(await server.DropDatabaseAsync(second, Cancellation));
        Assert.Equal("DR3006", (await Assert.ThrowsAsync<PermanentFaultException>(() => server.RenameDatabaseAsync(second, first, Cancellation))).Code);
    }

    [Fact]
    public async Task A_drop_that_is_canceled_is_done_to_its_end()
    {
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
        var server = cluster.Server();
        await cluster.CreateDatabaseAsync("dropped", Cancellation);
        await using var bystander = await cluster.OpenAsync("postgres", Cancellation);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        // From its mark on until its end, a DROP waits for every session of the server to let go of the files.
        NativeSignals.Send(bystander.ProcessID, UnixSignal.Stop);
        Task<bool> dropping;
        try
        {
            dropping = server.DropDatabaseAsync("dropped", cancel.Token);
            Assert.True(await Condition.TryAwaitAsync(token => server.IsHalfDroppedAsync("dropped", token), TimeSpan.FromMinutes(1), Cancellation), "never begun");
            await cancel.CancelAsync();
            Assert.False(await Condition.TryAwaitAsync(_ => Task.FromResult(dropping.IsCompleted), TimeSpan.FromSeconds(1), Cancellation), "it was ended half done");
        }
        finally
        {
            NativeSignals.Send(bystander.ProcessID, UnixSignal.Continue);
        }

        Assert.True(await dropping);
        Assert.Null(await server.FindOwnerAsync("dropped", Cancellation));
    }

    [Fact]
    public async Task Names_the_sessions_that_hold_a_database_and_ends_them_when_told()
    {
        await using var database = await servers.NewDatabaseAsync();
        var server = database.Cluster.Server();
        await using var session = await database.Cluster.OpenAsync(database.Name, Cancellation);
        var held = await Assert.ThrowsAsync<TransientFaultException>(() => server.RenameDatabaseAsync(database.Name, "x", Cancellation));
        Assert.Equal("DR3024", held.Code);
        Assert.Contains($"process {session.ProcessID} of hab", held.What, StringComparison.Ordinal);
        Assert.Equal(session.ProcessID, Assert.Single(await server.ListConnectionsAsync(database.Name, Cancellation)).Pid);
        Assert.Equal(1, await server.TerminateConnectionsAsync(database.Name, Cancellation));
        Assert.Empty(await server.ListConnectionsAsync(database.Name, Cancellation));
        Assert.Equal(0, await server.TerminateConnectionsAsync(database.Name, Cancellation));
    }

    [Fact]
    public async Task A_role_that_may_not_create_databases_is_told_how_to_be_allowed()
    {
        var cluster = await servers.PostgresAsync();
        var role = Servers.NewName("poor");
        await cluster.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD 'pw'", Cancellation);
        try
        {
            var server = new PostgresServer(cluster.Endpoint(username: role, password: "pw"), host: null);
            Assert.False((await server.ProbeAsync(Cancellation)).CanCreateDatabase);
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => server.CreateDatabaseAsync("never", owner: null, "UTF8", locale: null, Cancellation));
            Assert.Equal("DR3025", fault.Code);
            Assert.Contains($"ALTER ROLE \"{role}\" CREATEDB", fault.Hint, StringComparison.Ordinal);
        }
        finally
        {
            await cluster.ExecuteAsync("postgres", $"DROP ROLE {role}", Cancellation);
        }
    }

    [Fact]
    public async Task Autovacuum_is_nobodys_session_and_gives_way()
    {
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
        var role = Servers.NewName("plain");
        await cluster.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD 'pw' CREATEDB", Cancellation);
        foreach (var statement in new[] { "autovacuum_naptime = '1s'", "autovacuum_vacuum_cost_limit = 1", "autovacuum_vacuum_cost_delay = '100ms'" })
        {
            await cluster.ExecuteAsync("postgres", $"ALTER SYSTEM SET {statement}", Cancellation);
        }

        await cluster.ExecuteAsync("postgres", "SELECT pg_reload_conf()", Cancellation);
        foreach (var name in new[] { "as_plain", "as_superuser" })
        {
            await cluster.ExecuteAsync("postgres", $"CREATE DATABASE {name} OWNER {role}", Cancellation);
            await cluster.ExecuteAsync(
                name, "CREATE TABLE t WITH (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0) AS SELECT i, repeat('x', 500) FROM generate_series(1, 20000) i; DELETE FROM t WHERE i % 2 = 0", Cancellation);
            Assert.True(
                await Condition.TryAwaitAsync(
                    async token =>
                    {
                        await using var connection = await cluster.OpenAsync("postgres", token);
                        await using var command = new NpgsqlCommand($"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'autovacuum worker'", connection);
                        return (long)(await command.ExecuteScalarAsync(token))! > 0;
                    },
                    TimeSpan.FromMinutes(2), Cancellation),
                "autovacuum never came");

            var server = name == "as_plain" ? new PostgresServer(cluster.Endpoint(username: role, password: "pw"), host: null) : cluster.Server();
            Assert.Empty(await server.ListConnectionsAsync(name, Cancellation));
            Assert.Equal(0, await server.TerminateConnectionsAsync(name, Cancellation));
            await server.RenameDatabaseAsync(name, name + "_2", Cancellation);
        }
    }

    [Fact]
    public async Task A_superusers_session_is_named_and_those_of_others_are_ended()
    {
        await using var database = await servers.NewDatabaseAsync();
        var (plain, other) = (Servers.NewName("plain"), Servers.NewName("other"));
        await database.Cluster.ExecuteAsync(
            "postgres", $"CREATE ROLE {plain} LOGIN PASSWORD 'pw' CREATEDB; GRANT pg_signal_backend TO {plain}; CREATE ROLE {other} LOGIN PASSWORD 'pw'", Cancellation);
        try
        {
            await using var ofOther = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = other, Password = "pw" }.ConnectionString);
            await ofOther.OpenAsync(Cancellation);
            await using var ofSuperuser = await database.Cluster.OpenAsync(database.Name, Cancellation);
            var server = new PostgresServer(database.Cluster.Endpoint(username: plain, password: "pw"), host: null);

            var fault = await Assert.ThrowsAsync<TransientFaultException>(() => server.TerminateConnectionsAsync(database.Name, Cancellation));

            Assert.Equal("DR3024", fault.Code);
            Assert.Contains($"process {ofSuperuser.ProcessID} of hab", fault.What, StringComparison.Ordinal);
            Assert.Equal(ofSuperuser.ProcessID, Assert.Single(await server.ListConnectionsAsync(database.Name, Cancellation)).Pid);
        }
        finally
        {
            await database.Cluster.ExecuteAsync("postgres", $"DROP ROLE {plain}; DROP ROLE {other}", CancellationToken.None);
        }
    }

    [Theory]
    [InlineData(DumpCompression.Zstd)]
    [InlineData(DumpCompression.Gzip)]
    public async Task A_damaged_dump_is_refused_by_listing_and_by_restoring(DumpCompression compression)
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(database.Name, "CREATE TABLE noise AS SELECT md5(i::text) AS t FROM generate_series(1, 50000) i", Cancellation);
        var server = database.Cluster.Server();
        using var stored = new MemoryStream();
        var facts = await server.DumpAsync(new DumpRequest(database.Name, compression), stored, progress: null, Cancellation);
        await using var target = await servers.NewDatabaseAsync();
        using var folder = new TemporaryFolder("stage");
        var request = new RestoreRequest(target.Name, compression, OwnerRole: null);
        var half = stored.ToArray()[..(int)(stored.Length / 2)];
        var streamed = await Assert.ThrowsAsync<PermanentFaultException>(() => server.RestoreAsync(request, new MemoryStream(half), progress: null, Cancellation));
        Assert.Equal("DR3022", streamed.Code);
        await using var second = await servers.NewDatabaseAsync();
        var staged = await Assert.ThrowsAsync<PermanentFaultException>(() => server.RestoreAndFingerprintAsync(
            request with { Database = second.Name }, new MemoryStream(half), new RestoreStaging(folder.FullPath, Workers: 2), facts.Fingerprint.Algorithm, progress: null, Cancellation));
        Assert.Equal("DR3022", staged.Code);
        Assert.Empty(Directory.GetFiles(folder.FullPath));
        var noise = new MemoryStream("this is no dump at all"u8.ToArray());
        Assert.Equal("DR3022", (await Assert.ThrowsAsync<PermanentFaultException>(() => server.ListArchiveAsync(noise, compression, Cancellation))).Code);
    }

    [Fact]
    public async Task A_dump_of_a_newer_major_version_is_refused_before_anything_is_restored()
    {
        await using var database = await servers.NewDatabaseAsync();
        var server = database.Cluster.Server();
        using var stored = new MemoryStream();
        await server.DumpAsync(new DumpRequest(database.Name, DumpCompression.Gzip), stored, progress: null, Cancellation);
        var bytes = stored.ToArray();
        // wherever the header names a version, in as many letters
        var version = System.Text.Encoding.ASCII.GetBytes((await server.CheckToolsAsync(Cancellation)).Text);
        var header = bytes.AsMemory(0, 400);
        for (int at; (at = header.Span.IndexOf(version)) >= 0;)
        {
            "99"u8.CopyTo(header.Span[at..]);
        }

        await using var target = await servers.NewDatabaseAsync();
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(
            () => server.RestoreAsync(new RestoreRequest(target.Name, DumpCompression.Gzip, OwnerRole: null), new MemoryStream(bytes), progress: null, Cancellation));
        Assert.Equal("DR3021", fault.Code);
    }

    [Fact]
    public async Task A_database_that_is_not_empty_and_a_grant_to_a_missing_role_are_told()
    {
        await using var database = await servers.NewDatabaseAsync();
        var role = Servers.NewName("gone");
        await database.Cluster.ExecuteAsync(database.Name, $"CREATE TABLE t (); CREATE ROLE {role}; GRANT SELECT ON t TO {role}", Cancellation);
        var server = database.Cluster.Server();
        using var stored = new MemoryStream();
        await server.DumpAsync(new DumpRequest(database.Name), stored, progress: null, Cancellation);
        await database.Cluster.ExecuteAsync(database.Name, $"DROP OWNED BY {role}; DROP ROLE {role}", Cancellation);
        Task<RestoreFacts> RestoreAsync(string target, bool grants)
        {
            stored.Position = 0;
            return server.RestoreAsync(new RestoreRequest(target, DumpCompression.Zstd, OwnerRole: null, grants), stored, progress: null, Cancellation);
        }

        Assert.Equal("DR3031", (await Assert.ThrowsAsync<PermanentFaultException>(() => RestoreAsync(database.Name, grants: true))).Code);
        await using var target = await servers.NewDatabaseAsync();
        Assert.Equal("DR3036", (await Assert.ThrowsAsync<PermanentFaultException>(() => RestoreAsync(target.Name, grants: true))).Code);
        await using var second = await servers.NewDatabaseAsync();
        await RestoreAsync(second.Name, grants: false);
    }

    [Fact]
    public async Task A_staging_folder_that_cannot_take_the_dump_is_named()
    {
        await using var database = await servers.NewDatabaseAsync();
        var server = database.Cluster.Server();
        using var stored = new MemoryStream();
        var facts = await server.DumpAsync(new DumpRequest(database.Name), stored, progress: null, Cancellation);
        stored.Position = 0;
        var fault = await Assert.ThrowsAsync<TransientFaultException>(
            () => server.RestoreAndFingerprintAsync(
                new RestoreRequest(database.Name, DumpCompression.Zstd, OwnerRole: null), stored, new RestoreStaging("/nowhere/at/all", Workers: 2), facts.Fingerprint.Algorithm,
                progress: null, Cancellation));
        Assert.Equal("DR3035", fault.Code);
        Assert.Contains("/nowhere/at/all", fault.What, StringComparison.Ordinal);
    }
}
