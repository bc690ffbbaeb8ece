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

/// <summary>
/// Merges of databases with one thing wrong each, or disturbed from outside: it is named, the sources stay as they were, no database is left,
/// and once it is mended the merge goes through.
/// </summary>
public sealed class DatabaseFlawTests(Servers servers)
{
    private static readonly Dictionary<string, Flaw> Prepared = new(StringComparer.Ordinal)
    {
        ["the shards are not merged"] = new("DR7024", "are not merged yet", "UPDATE public.flags SET shard_migration_complete = false", "UPDATE public.flags SET shard_migration_complete = true", Fails: false),
        ["there is no flags table"] = new("DR7003", "no table public.flags", "ALTER TABLE public.flags RENAME TO flagged", "ALTER TABLE public.flagged RENAME TO flags", Fails: false),
        ["a table is missing"] = new("DR7027", "no table public.origin_channels", "ALTER TABLE public.origin_channels RENAME TO lost", "ALTER TABLE public.lost RENAME TO origin_channels"),
        ["a column is missing"] = new(
            "DR7008", "column plan_path of table origin_projects is missing", "ALTER TABLE public.origin_projects DROP COLUMN plan_path", "ALTER TABLE public.origin_projects ADD COLUMN plan_path text"),
        ["a column has no place"] = new("DR7009", "column note of table origins is in", "ALTER TABLE public.origins ADD COLUMN note text", "ALTER TABLE public.origins DROP COLUMN note"),
        ["a column has another type"] = new(
            "DR7010", "column operation of table audit_package is integer", "ALTER TABLE public.audit_package ALTER operation TYPE integer", "ALTER TABLE public.audit_package ALTER operation TYPE smallint"),
        ["a value is null that must not be"] = new(
            "DR7011", "visibility of table origin_packages must not be null",
            "ALTER TABLE public.origin_packages ALTER visibility DROP NOT NULL; UPDATE public.origin_packages SET visibility = NULL WHERE id = (SELECT min(id) FROM public.origin_packages)",
            "UPDATE public.origin_packages SET visibility = 'public' WHERE visibility IS NULL"),
        ["a key is there twice"] = new(
            "DR7013", "(name) = (core)", "ALTER TABLE public.origins DROP CONSTRAINT origins_name_key; INSERT INTO public.origins (id, name) VALUES (4711, 'core')",
            "DELETE FROM public.origins WHERE id = 4711"),
        ["a row refers to nothing"] = new(
            "DR7014", "(origin_id) = (42)", "ALTER TABLE public.origin_channels DROP CONSTRAINT origin_channels_origin_id_fkey; INSERT INTO public.origin_channels (id, origin_id, name) VALUES (1, 42, 'x')",
            "DELETE FROM public.origin_channels WHERE origin_id = 42"),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Flaws => [.. Prepared.Keys];

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task Is_named_changes_nothing_and_can_be_mended(string name)
    {
        var flaw = Prepared[name];
        await using var pair = await Pair.NewAsync(servers);
        await pair.Cluster.ExecuteAsync(pair.Originsrv.Name, flaw.Break, Cancellation);

        var plan = await pair.Analysis().RunAsync(Cancellation);

        Assert.Contains(plan.Problems, problem => problem.Code == flaw.Code && problem.What.Contains(flaw.Part, StringComparison.Ordinal) && problem.Hint.Length > 0);
        if (flaw.Fails)
        {
            await pair.AssertFailsAsync<FaultException>(pair.Server, "DR", "", progress: null);
        }

        await pair.Cluster.ExecuteAsync(pair.Originsrv.Name, flaw.Mend, Cancellation);
        await pair.AssertMergesAsync();
    }

    [Fact]
    public async Task Leaves_a_database_alone_that_has_the_name_already()
    {
        await using var pair = await Pair.NewAsync(servers);
        await pair.Cluster.CreateDatabaseAsync(pair.Names.Target, Cancellation);

        Assert.Contains("DR7025", (await pair.Analysis().RunAsync(Cancellation)).Problems.Select(problem => problem.Code), StringComparer.Ordinal);
        await pair.AssertFailsAsync<PermanentFaultException>(pair.Server, "DR7025", pair.Names.Target, progress: null);
        await pair.Cluster.DropDatabaseAsync(pair.Names.Target, Cancellation);
        await pair.AssertMergesAsync();
    }

    [Fact]
    public async Task Says_that_a_database_is_not_there()
    {
        await using var pair = await Pair.NewAsync(servers);
        var names = pair.Names with { Sessionsrv = "nowhere" };

        Assert.Contains("'nowhere'", (await new DatabaseAnalysis(pair.Server, names).RunAsync(Cancellation)).Problems.Single(problem => problem.Code == "DR7002").What, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<FaultException>(() => new DatabaseMerger(pair.Server, names, TimeProvider.System).CopyAsync(null, Cancellation));
        await pair.AssertMergesAsync();
    }

    [Fact]
    public async Task Counts_only_when_the_new_tables_hold_what_their_sources_do()
    {
        await using var pair = await Pair.NewAsync(servers);
        var loss = new OnTable("verify", () =>
        {
            using var connection = new NpgsqlConnection(pair.Cluster.ConnectionString(pair.Names.Temporary));
            connection.Open();
            using var command = new NpgsqlCommand("SET lock_timeout = '10s'; DELETE FROM public.origin_channels WHERE id = (SELECT min(id) FROM public.origin_channels)", connection);
            command.ExecuteNonQuery();
        });

        await pair.AssertFailsAsync<PermanentFaultException>(pair.Server, "DR7023", "so nothing was changed: table origin_channels has ", loss);
        await pair.AssertMergesAsync();
    }

    [Fact]
    public async Task Says_that_what_was_to_be_renamed_is_gone()
    {
        await using var pair = await Pair.NewAsync(servers);
        var merger = new DatabaseMerger(pair.Server, pair.Names, TimeProvider.System);
        await merger.CopyAsync(null, Cancellation);
        await pair.Cluster.DropDatabaseAsync(pair.Names.Temporary, Cancellation);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => merger.PublishAsync(Cancellation));

        Assert.Equal("DR7030", fault.Code);
        Assert.Contains($"neither a database '{pair.Names.Temporary}' to rename to '{pair.Names.Target}'", fault.What, StringComparison.Ordinal);
        await pair.AssertMergesAsync();
    }

    [Fact]
    public async Task Says_of_a_standby_that_nothing_can_be_merged_there()
    {
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions { Durable = true }, token));
        await cluster.CreateDatabaseAsync(ShardedDatabase.Originsrv, Cancellation);
        await cluster.CreateDatabaseAsync(ShardedDatabase.Sessionsrv, Cancellation);
        await cluster.RestartAsStandbyAsync(Cancellation);

        MergePlan[] plans =
        [
            await new ShardAnalysis(cluster.Server(), new ShardedDatabase(ShardedDatabase.Originsrv, LegacyTemplates.FewShards)).RunAsync(Cancellation),
            await new DatabaseAnalysis(cluster.Server(), DatabaseMergeNames.Of("1")).RunAsync(Cancellation),
        ];

        Assert.All(plans, plan => Assert.Equal($"{cluster.Server().Description} is a read-only standby", plan.Problems.Single(problem => problem.Code == "DR7021").What));
    }

    [Fact]
    public async Task Says_what_right_the_role_lacks()
    {
        await using var pair = await Pair.NewAsync(servers);
        var role = Servers.NewName("guest");
        await pair.Cluster.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD 'guest'", Cancellation);
        var guest = new PostgresServer(pair.Cluster.Endpoint(username: role, password: "guest"), host: null);

        var problems = (await new DatabaseAnalysis(guest, pair.Names).RunAsync(Cancellation)).Problems;
        Assert.Contains(problems, problem => problem.Code == "DR7026" && problem.Hint.Contains($"ALTER ROLE \"{role}\" CREATEDB", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Code == "DR7017" && problem.What.Contains("public.", StringComparison.Ordinal));
        await pair.AssertFailsAsync<PermanentFaultException>(guest, "DR3025", "create database", progress: null);
        await pair.AssertMergesAsync();
        await pair.Cluster.ExecuteAsync("postgres", $"DROP ROLE {role}", Cancellation);
    }

    [Fact]
    public async Task Names_the_table_that_someone_writes_to()
    {
        await using var pair = await Pair.NewAsync(servers);
        await using (var other = await pair.Cluster.OpenAsync(pair.Sessionsrv.Name, Cancellation))
        {
            await using var transaction = await other.BeginTransactionAsync(Cancellation);
            await using (var command = new NpgsqlCommand("INSERT INTO accounts (id, name) VALUES (1, 'late')", other, transaction))
            {
                await command.ExecuteNonQueryAsync(Cancellation);
            }

            Assert.Contains("DR7019", (await pair.Analysis().RunAsync(Cancellation)).Problems.Select(problem => problem.Code), StringComparer.Ordinal);
            var impatient = new PostgresServer(pair.Cluster.Endpoint(), host: null) { Limits = new PostgresLimits { Lock = TimeSpan.FromMilliseconds(300) } };
            await pair.AssertFailsAsync<TransientFaultException>(impatient, "DR3016", "\"public\".\"accounts\" (by process ", progress: null);
        }

        await pair.AssertMergesAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Survives_a_cut_connection_on_either_side(bool source)
    {
        await using var pair = await Pair.NewAsync(servers);
        var cut = new OnTable("origin_packages", () =>
        {
            using var connection = new NpgsqlConnection(pair.Cluster.ConnectionString("postgres"));
            connection.Open();
            using var command = new NpgsqlCommand(
                $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{(source ? pair.Originsrv.Name : pair.Names.Temporary)}' AND query LIKE 'COPY {(source ? "(SELECT" : "\"public\".\"origin_packages")}%'", connection);
            command.ExecuteNonQuery();
        });
        await pair.AssertFailsAsync<FaultException>(pair.Server, "DR3018", "", cut);
        await pair.AssertMergesAsync();
    }

    [Fact]
    public async Task Survives_a_full_disk()
    {
        await using var pair = await Pair.NewAsync(servers);
        using var folder = new TemporaryFolder("full");
        await using var disk = await SmallDisk.MountAsync(folder["disk"], megabytes: 1, Cancellation);
        await Tool.RunAsync(new ServerCommand("chown", "chown", "postgres:", disk.Folder), Cancellation);
        await Tool.RunAsync(new ServerCommand("chmod", "chmod", "o+x", folder.FullPath), Cancellation);
        var (space, role) = (Servers.NewName("space"), Servers.NewName("cramped"));
        await pair.Cluster.ExecuteAsync("postgres", $"CREATE TABLESPACE {space} LOCATION '{disk.Folder}'", Cancellation);
        await pair.Cluster.ExecuteAsync(
            "postgres", $"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'cramped'; ALTER ROLE {role} SET default_tablespace = {space}", Cancellation);

        await pair.AssertFailsAsync<FaultException>(
            new PostgresServer(pair.Cluster.Endpoint(username: role, password: "cramped"), host: null), "DR3032", "no space left", progress: null);

        await pair.Cluster.ExecuteAsync("postgres", $"DROP ROLE {role}", Cancellation);
        await pair.Cluster.ExecuteAsync("postgres", $"DROP TABLESPACE {space}", Cancellation);
        await pair.AssertMergesAsync();
    }

    [Fact]
    public async Task Survives_a_crash_of_the_server()
    {
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
        await new LegacyGenerator(LegacySize.S, BuilderSettings.DefaultKeys).FillMergedAsync(cluster, Cancellation);
        await using var pair = new Pair(new TestDatabase(cluster, ShardedDatabase.Originsrv), new TestDatabase(cluster, ShardedDatabase.Sessionsrv));
        var before = await pair.FingerprintsAsync();
        var stopping = Task.CompletedTask;
        var crash = new OnTable("origin_packages", () => stopping = cluster.StopAsync(immediate: true));

        await Assert.ThrowsAnyAsync<TransientFaultException>(() => new DatabaseMerger(pair.Server, pair.Names, TimeProvider.System).CopyAsync(crash, Cancellation));

        await stopping;
        await cluster.StartAsync(Cancellation);
        Assert.Equal(before, await pair.FingerprintsAsync());
        Assert.DoesNotContain(pair.Names.Target, await pair.Server.ListDatabasesAsync(Cancellation), StringComparer.Ordinal);
        await pair.AssertMergesAsync();
        Assert.DoesNotContain(await pair.Server.ListDatabasesAsync(Cancellation), pair.Names.IsLeftover);
    }

    [Fact]
    public async Task Takes_the_locale_of_a_source_and_not_its_statement_timeout()
    {
        await using var pair = await Pair.NewAsync(servers);
        await pair.Cluster.ExecuteAsync(
            "postgres",
            $"ALTER DATABASE {pair.Originsrv.Name} SET statement_timeout = '1ms'; UPDATE pg_database SET datcollate = 'C' WHERE datname = '{pair.Originsrv.Name}'",
            Cancellation);
        await pair.AssertMergesAsync();
        Assert.Equal("C and C.UTF-8", (await pair.Server.FindLocaleAsync(pair.Names.Target, Cancellation))?.ToString());
    }

    [Fact]
    public async Task Leaves_nothing_when_it_is_cancelled()
    {
        await using var pair = await Pair.NewAsync(servers);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new DatabaseMerger(pair.Server, pair.Names, TimeProvider.System).CopyAsync(
            new OnTable("origin_packages", cancel.Cancel), cancel.Token));
        Assert.DoesNotContain(await pair.Server.ListDatabasesAsync(Cancellation), pair.Names.IsLeftover);
        await pair.AssertMergesAsync();
    }

    private sealed record Flaw(string Code, string Part, string Break, string Mend, bool Fails = true);

    /// <summary>The two databases, and the names of the merged one.</summary>
    private sealed class Pair(TestDatabase originsrv, TestDatabase sessionsrv) : IAsyncDisposable
    {
        public TestDatabase Originsrv { get; } = originsrv;

        public TestDatabase Sessionsrv { get; } = sessionsrv;

        public DatabaseMergeNames Names { get; } = DatabaseMergeNames.Of(originsrv.Name, sessionsrv.Name, Servers.NewName("builder"), "1");

        public PostgresCluster Cluster => Originsrv.Cluster;

        public PostgresServer Server => Cluster.Server();

        public static async Task<Pair> NewAsync(Servers servers) =>
            new(await servers.Legacy.MergedAsync("builder_originsrv"), await servers.Legacy.MergedAsync("builder_sessionsrv"));

        public DatabaseAnalysis Analysis() => new(Server, Names);

        public async Task AssertFailsAsync<T>(PostgresServer postgres, string code, string part, IProgress<MergeProgress>? progress)
            where T : FaultException
        {
            var before = await FingerprintsAsync();
            var error = await Assert.ThrowsAnyAsync<T>(() => new DatabaseMerger(postgres, Names, TimeProvider.System).CopyAsync(progress, Cancellation));
            Assert.StartsWith(code, error.Code, StringComparison.Ordinal);
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(await Server.ListDatabasesAsync(Cancellation), Names.IsLeftover);
            Assert.Equal(before, await FingerprintsAsync());
        }

        public async Task AssertMergesAsync()
        {
            Assert.Empty((await Analysis().RunAsync(Cancellation)).Problems);
            var merger = new DatabaseMerger(Server, Names, TimeProvider.System);
            Assert.True((await merger.CopyAsync(null, Cancellation)).Tables.Sum(table => table.Rows) > 1000);
            await merger.PublishAsync(Cancellation);
            Assert.NotNull(await Server.FindDatabaseAsync(Names.Target, Cancellation));
        }

        public async ValueTask DisposeAsync()
        {
            await Cluster.DropDatabaseAsync(Names.Target, CancellationToken.None);
            await Originsrv.DisposeAsync();
            await Sessionsrv.DisposeAsync();
        }

        public async Task<(string Originsrv, string Sessionsrv)> FingerprintsAsync() => (
            (await Server.FingerprintAsync(Originsrv.Name, null, Cancellation)).Digest, (await Server.FingerprintAsync(Sessionsrv.Name, null, Cancellation)).Digest);
    }
}
