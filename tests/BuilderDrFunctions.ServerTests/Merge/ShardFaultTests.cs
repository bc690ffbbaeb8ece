using System.Collections;
using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using System.Threading.Channels;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Postgres;
using BuilderDrFunctions.ServerTests.Vault;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>Shard merges that are disturbed from outside: nothing is changed, and the next one works.</summary>
public sealed class ShardFaultTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("LOCK TABLE shard_1.origins IN ROW EXCLUSIVE MODE", "\"shard_1\".\"origins\" (by process ")]
    [InlineData("SELECT * FROM public.origins", "\"public\".\"origins\" (by process ")]
    [InlineData("LOCK TABLE public.flags IN SHARE MODE", "\"public\".\"flags\" (by process ")]
    public async Task Names_the_table_that_another_session_holds(string sql, string part)
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        var impatient = new PostgresServer(database.Cluster.Endpoint(), host: null) { Limits = new PostgresLimits { Lock = TimeSpan.FromMilliseconds(300) } };
        await using (var other = await database.Cluster.OpenAsync(database.Name, Cancellation))
        {
            await using var transaction = await other.BeginTransactionAsync(Cancellation);
            await using (var command = new NpgsqlCommand(sql, other, transaction))
            {
                await command.ExecuteNonQueryAsync(Cancellation);
            }

            await AssertFailsAsync(database, impatient, "DR3016", part, progress: null);
        }

        await AssertMergesAsync(database);
    }

    [Fact]
    public async Task Names_who_is_connected()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        await using (await database.Cluster.OpenAsync(database.Name, Cancellation))
        {
            var plan = await Analysis(database, database.Cluster.Server()).RunAsync(Cancellation);
            Assert.Contains("of hab from 127.0.0.1", Assert.Single(plan.Problems, problem => problem.Code == "DR7019").What, StringComparison.Ordinal);
        }

        await AssertMergesAsync(database);
    }

    [Theory]
    [InlineData("statement_timeout = '1ms'")]
    [InlineData("default_transaction_read_only = on")]
    [InlineData("search_path = shard_1")]
    [InlineData("default_transaction_isolation = serializable")]
    public async Task Does_not_depend_on_what_the_database_has_set(string setting)
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        await database.Cluster.ExecuteAsync("postgres", $"ALTER DATABASE {database.Name} SET {setting}", Cancellation);
        await AssertMergesAsync(database);
    }

    [Fact]
    public async Task Says_already_merged_where_the_flag_is_set()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        await database.Cluster.ExecuteAsync(database.Name, "INSERT INTO public.flags (shard_migration_complete) VALUES (true)", Cancellation);

        Assert.True((await Analysis(database, database.Cluster.Server()).RunAsync(Cancellation)).IsMerged);
        Assert.Null(await Merger(database, database.Cluster.Server()).RunAsync(static (_, _) => Task.CompletedTask, null, Cancellation));
    }

    [Fact]
    public async Task Merges_columns_by_name_where_a_shard_has_them_in_another_order()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        await database.Cluster.ExecuteAsync(
            database.Name,
            "ALTER TABLE shard_0.audit ADD COLUMN moved bigint; UPDATE shard_0.audit SET moved = origin_id; ALTER TABLE shard_0.audit DROP COLUMN origin_id; ALTER TABLE shard_0.audit RENAME moved TO origin_id",
            Cancellation);

        var plan = await Analysis(database, database.Cluster.Server()).RunAsync(Cancellation);
        Assert.Contains(plan.Notes, note => note.Contains("table audit has its columns in another order in 1 of 4 shards", StringComparison.Ordinal));
        await AssertMergesAsync(database);
        await using var connection = await database.Cluster.OpenAsync(database.Name, Cancellation);
        const string columns = "origin_id, package_id, channel_id, operation, trigger, requester_id, requester_name, created_at";
        await using var command = new NpgsqlCommand(
            $"SELECT (SELECT count(*) FROM shard_0.audit), (SELECT count(*) FROM (SELECT {columns} FROM shard_0.audit EXCEPT ALL SELECT {columns} FROM public.audit) AS lost)", connection);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        Assert.True(await reader.ReadAsync(Cancellation));
        Assert.True(reader.GetInt64(0) > 0);
        Assert.Equal(0, reader.GetInt64(1));
    }

    [Theory]
    [InlineData("NOT pg_stat_activity.query LIKE 'SELECT%'")]
    [InlineData("true")]
    public async Task Survives_a_cut_connection(string which)
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        var cut = new OnTable("origin_packages", () => Terminate(database, which));
        await AssertFailsAsync(database, database.Cluster.Server(), "DR3018", "broke", cut);
        await AssertMergesAsync(database);
    }

    [Fact]
    public async Task Says_so_when_a_readers_connection_breaks_between_two_tables()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        var postgres = database.Cluster.Server();
        var server = await postgres.ProbeAsync(Cancellation);

        var error = await Assert.ThrowsAnyAsync<FaultException>(() => postgres.UseAsync(
            database.Name,
            async (source, token) =>
            {
                await using var writer = await source.OpenConnectionAsync(token);
                await using var transaction = await writer.BeginTransactionAsync(IsolationLevel.RepeatableRead, token);
                var layout = await new ShardLayoutReader(writer, new ShardedDatabase(database.Name, LegacyTemplates.FewShards)).ReadAsync(server.Role, token);
                await using var reader = await source.OpenConnectionAsync(token);
                var session = string.Create(CultureInfo.InvariantCulture, $"pid = {reader.ProcessID}");
                var tables = layout.Tables.Select(table => table with
                {
                    Shards = new TableUnion(new OnEnd(
                        [.. Enumerable.Repeat(table.Shards.Parts, TableUnion.PartsPerStatement / LegacyTemplates.FewShards).SelectMany(parts => parts)],
                        () => Terminate(database, session))),
                });
                var passing = Channel.CreateBounded<CheckedShards>(1);
                await passing.Writer.WriteAsync(new CheckedShards(new ConcurrentQueue<ShardTable>(tables), await ExportedSnapshot.ExportAsync(writer, token)), token);
                return await ShardReading.ReadAsync(reader, passing.Reader, server, FingerprintAlgorithms.BestFor(server), token);
            },
            Cancellation));

        Assert.Equal("DR3018", error.Code);
    }

    [Fact]
    public async Task Leaves_nothing_when_it_is_cancelled()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        var postgres = database.Cluster.Server();
        var before = await postgres.FingerprintAsync(database.Name, null, Cancellation);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Merger(database, postgres).RunAsync(
            static (_, _) => Task.CompletedTask, new OnTable("origin_packages", cancel.Cancel), cancel.Token));
        Assert.Equal(before.Digest, (await postgres.FingerprintAsync(database.Name, null, Cancellation)).Digest);
        await AssertMergesAsync(database);
    }

    [Fact]
    public async Task Changes_nothing_when_its_report_cannot_be_kept()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        var postgres = database.Cluster.Server();
        var before = await postgres.FingerprintAsync(database.Name, null, Cancellation);
        await Assert.ThrowsAsync<TransientFaultException>(() => Merger(database, postgres).RunAsync(
            static (_, _) => throw new TransientFaultException("DR5001", "the vault is away", "wait"), null, Cancellation));
        Assert.Equal(before.Digest, (await postgres.FingerprintAsync(database.Name, null, Cancellation)).Digest);
        await AssertMergesAsync(database);
    }

    [Fact]
    public async Task Lets_nobody_write_to_a_shard_meanwhile()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        string? state = null;
        var write = new OnTable("origin_packages", () =>
        {
            using var connection = new NpgsqlConnection(database.Cluster.ConnectionString(database.Name));
            connection.Open();
            using var command = new NpgsqlCommand("SET lock_timeout = '100ms'; INSERT INTO shard_1.origins (id, name) VALUES (1, 'late')", connection);
            state = Assert.Throws<PostgresException>(() => command.ExecuteNonQuery()).SqlState;
        });
        Assert.NotNull(await Merger(database, database.Cluster.Server()).RunAsync(static (_, _) => Task.CompletedTask, write, Cancellation));
        Assert.Equal(PostgresErrorCodes.LockNotAvailable, state);
    }

    [Fact]
    public async Task Says_who_may_not_merge_and_what_to_grant()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        var role = Servers.NewName("guest");
        await database.Cluster.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD 'guest'", Cancellation);
        var guest = new PostgresServer(database.Cluster.Endpoint(username: role, password: "guest"), host: null);

        var plan = await Analysis(database, guest).RunAsync(Cancellation);

        Assert.Contains($"role {role} is not the owner of public.", plan.Problems.Single(problem => problem.Code == "DR7016").What, StringComparison.Ordinal);
        Assert.Contains($"role {role} may not read public.", plan.Problems.Single(problem => problem.Code == "DR7017").What, StringComparison.Ordinal);
        await AssertFailsAsync(database, guest, "DR30", role, progress: null);
        await AssertMergesAsync(database);
        await database.Cluster.ExecuteAsync("postgres", $"DROP ROLE {role}", Cancellation);
    }

    [Fact]
    public async Task Survives_a_full_disk()
    {
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        using var folder = new TemporaryFolder("full");
        await using var disk = await SmallDisk.MountAsync(folder["disk"], megabytes: 1, Cancellation);
        await Tool.RunAsync(new ServerCommand("chown", "chown", "postgres:", disk.Folder), Cancellation);
        await Tool.RunAsync(new ServerCommand("chmod", "chmod", "o+x", folder.FullPath), Cancellation);
        var space = Servers.NewName("space");
        await database.Cluster.ExecuteAsync("postgres", $"CREATE TABLESPACE {space} LOCATION '{disk.Folder}'", Cancellation);
        await database.Cluster.ExecuteAsync(
            database.Name,
            $"ALTER TABLE public.audit SET TABLESPACE {space}; INSERT INTO shard_2.audit (requester_name) SELECT repeat('name ', 100) || n FROM generate_series(1, 4000) AS n",
            Cancellation);

        await AssertFailsAsync(database, database.Cluster.Server(), "DR3032", "no space left", progress: null);

        await database.Cluster.ExecuteAsync(database.Name, "ALTER TABLE public.audit SET TABLESPACE pg_default", Cancellation);
        await database.Cluster.ExecuteAsync("postgres", $"DROP TABLESPACE {space}", Cancellation);
        await AssertMergesAsync(database);
    }

    [Fact]
    public async Task Says_how_many_locks_the_server_must_have_and_survives_its_crash()
    {
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(
            new PostgresClusterOptions { Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["max_connections"] = "20" } }, token));
        await new LegacyGenerator(new LegacySize(160, 12), BuilderSettings.DefaultKeys).FillShardedAsync(cluster, Cancellation, shards: LegacyTemplates.FewShards);
        await File.AppendAllTextAsync(Path.Combine(cluster.DataFolder, "postgresql.conf"), "max_locks_per_transaction = 10\n", Cancellation);
        await cluster.RestartAsync(immediate: false, Cancellation);
        await using var database = new TestDatabase(cluster, ShardedDatabase.Originsrv);
        var problem = Assert.Single((await Analysis(database, cluster.Server()).RunAsync(Cancellation)).Problems, problem => problem.Code == "DR7018");
        Assert.Contains("max_locks_per_transaction to 128", problem.Hint, StringComparison.Ordinal);

        await File.AppendAllTextAsync(Path.Combine(cluster.DataFolder, "postgresql.conf"), "max_locks_per_transaction = 128\n", Cancellation);
        await cluster.RestartAsync(immediate: false, Cancellation);
        var stopping = Task.CompletedTask;
        var crash = new OnTable("origin_packages", () => stopping = cluster.StopAsync(immediate: true));
        await Assert.ThrowsAnyAsync<TransientFaultException>(() => Merger(database, cluster.Server()).RunAsync(static (_, _) => Task.CompletedTask, crash, Cancellation));
        await stopping;
        await cluster.StartAsync(Cancellation);
        Assert.False((await Analysis(database, cluster.Server()).RunAsync(Cancellation)).IsMerged);
        await AssertMergesAsync(database);
    }

    private static ShardAnalysis Analysis(TestDatabase database, PostgresServer postgres) => new(postgres, new ShardedDatabase(database.Name, LegacyTemplates.FewShards));

    private static ShardMerger Merger(TestDatabase database, PostgresServer postgres) =>
        new(postgres, new ShardedDatabase(database.Name, LegacyTemplates.FewShards), TimeProvider.System);

    /// <summary>Ends sessions on a database, and returns when they are gone.</summary>
    private static void Terminate(TestDatabase database, string which)
    {
        using var connection = new NpgsqlConnection(database.Cluster.ConnectionString("postgres"));
        connection.Open();
        using var command = new NpgsqlCommand($"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{database.Name}' AND {which}", connection);
        command.ExecuteNonQuery();
    }

    private static async Task AssertFailsAsync(TestDatabase database, PostgresServer postgres, string code, string part, IProgress<MergeProgress>? progress)
    {
        var before = await database.Cluster.Server().FingerprintAsync(database.Name, null, Cancellation);
        var error = await Assert.ThrowsAnyAsync<FaultException>(() => Merger(database, postgres).RunAsync(static (_, _) => Task.CompletedTask, progress, Cancellation));
        Assert.StartsWith(code, error.Code, StringComparison.Ordinal);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Equal(before.Digest, (await database.Cluster.Server().FingerprintAsync(database.Name, null, Cancellation)).Digest);
    }

    private static async Task AssertMergesAsync(TestDatabase database)
    {
        Assert.Empty((await Analysis(database, database.Cluster.Server()).RunAsync(Cancellation)).Problems);
        Assert.NotNull(await Merger(database, database.Cluster.Server()).RunAsync(static (_, _) => Task.CompletedTask, null, Cancellation));
    }
}

/// <summary>Does something at the moment a merge begins with a table.</summary>
internal sealed class OnTable(string table, Action action) : IProgress<MergeProgress>
{
    private int _done;

    public void Report(MergeProgress value)
    {
        if (value.Step == table && Interlocked.Exchange(ref _done, 1) == 0)
        {
            action();
        }
    }
}

/// <summary>As many shards as one statement reads, and something that is done when there is no further one: behind the query, before the end of its transaction.</summary>
internal sealed class OnEnd(IReadOnlyList<SqlName> shards, Action action) : IReadOnlyList<SqlName>
{
    public int Count => shards.Count;

    public SqlName this[int index] => shards[index];

    public IEnumerator<SqlName> GetEnumerator()
    {
        foreach (var shard in shards)
        {
            yield return shard;
        }

        action();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
