using System.Diagnostics;
using System.Globalization;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Postgres;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>
/// Merges whose process is killed at random moments: always untouched or complete. The process is this very program, asked to run
/// <see cref="Merges_in_a_process_of_its_own"/> alone. <c>MERGE_KILLS</c> says how often; <c>make torture</c> does it a hundred times.
/// </summary>
public sealed class MergeKillTests(Servers servers, ITestOutputHelper output) : IDisposable
{
    private const string KillsVariable = "MERGE_KILLS";
    private const string PortVariable = "MERGE_KILL_PORT";
    private const string PasswordVariable = "MERGE_KILL_PASSWORD";
    private const int FewKills = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Process? _waiting;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable(KillsVariable), CultureInfo.InvariantCulture, out var kills) ? kills : FewKills;

    [Fact]
    public async Task Leaves_the_shards_unmerged_or_merged_wherever_it_is_killed()
    {
        var dice = new Random(1);
        var tally = new Tally();
        await using var database = await servers.Legacy.FewShardsAsync("builder_originsrv");
        var postgres = database.Cluster.Server();
        var before = await postgres.FingerprintAsync(database.Name, null, Cancellation);
        while (tally.Kills < Kills)
        {
            var killed = await KillAsync(database.Cluster, $"shards {database.Name}", database.Name, dice, tally);
            var after = await postgres.FingerprintAsync(database.Name, null, Cancellation);
            if (await CountAsync(database, "SELECT count(*) FROM public.flags WHERE shard_migration_complete") == 0)
            {
                Assert.Equal(before.Digest, after.Digest);
                tally.Untouched += killed ? 1 : 0;
                continue;
            }

            AssertComplete(before, after);
            tally.Complete += killed ? 1 : 0;
            await EmptyAsync(database);
            before = await postgres.FingerprintAsync(database.Name, null, Cancellation);
        }

        output.WriteLine(tally.ToString());
        Assert.True(tally.Untouched > 0, tally.ToString());
    }

    [Fact]
    public async Task Leaves_the_databases_apart_or_one_wherever_it_is_killed()
    {
        var dice = new Random(2);
        var tally = new Tally();
        await using var originsrv = await servers.Legacy.MergedAsync("builder_originsrv");
        await using var sessionsrv = await servers.Legacy.MergedAsync("builder_sessionsrv");
        var postgres = originsrv.Cluster.Server();
        var before = (await postgres.FingerprintAsync(originsrv.Name, null, Cancellation), await postgres.FingerprintAsync(sessionsrv.Name, null, Cancellation));
        while (tally.Kills < Kills)
        {
            await using var target = new TestDatabase(originsrv.Cluster, Servers.NewName("builder"));
            for (var merged = false; !merged && tally.Kills < Kills;)
            {
                var killed = await KillAsync(originsrv.Cluster, $"databases {originsrv.Name} {sessionsrv.Name} {target.Name}", target.Name + "_merging_1", dice, tally);
                Assert.Equal(before.Item1.Digest, (await postgres.FingerprintAsync(originsrv.Name, null, Cancellation)).Digest);
                Assert.Equal(before.Item2.Digest, (await postgres.FingerprintAsync(sessionsrv.Name, null, Cancellation)).Digest);
                merged = await postgres.FindDatabaseAsync(target.Name, Cancellation) is not null;
                if (merged)
                {
                    var one = await postgres.FingerprintAsync(target.Name, null, Cancellation);
                    Assert.Equal(before.Item1.Tables.Single(table => table.Table == "origin_channels"), one.Tables.Single(table => table.Table == "origin_channels"));
                    Assert.Equal(14, await CountAsync(target, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"));
                    tally.Complete += killed ? 1 : 0;
                }
                else
                {
                    tally.Untouched += killed ? 1 : 0;
                }
            }

            await new DatabaseMerger(postgres, DatabaseMergeNames.Of(originsrv.Name, sessionsrv.Name, target.Name, "1"), TimeProvider.System).DropLeftoversAsync(Cancellation);
        }

        output.WriteLine(tally.ToString());
        Assert.True(tally.Untouched > 0, tally.ToString());
    }

    /// <summary>The killed process's work; meaningless on its own, therefore explicit.</summary>
    [Fact(Explicit = true)]
    public async Task Merges_in_a_process_of_its_own()
    {
        var port = Environment.GetEnvironmentVariable(PortVariable) ?? throw new InvalidOperationException($"{PortVariable} is not set");
        if (await Console.In.ReadLineAsync(Cancellation) is not { } line)
        {
            // not needed any more
            return;
        }

        var work = line.Split(' ');
        var postgres = new PostgresServer(
            new PostgresEndpoint
            {
                Host = "127.0.0.1",
                Port = int.Parse(port, CultureInfo.InvariantCulture),
                Username = "hab",
                Password = Environment.GetEnvironmentVariable(PasswordVariable) ?? "",
            },
            host: null);
        if (work[0] is "shards")
        {
            await new ShardMerger(postgres, new ShardedDatabase(work[1], LegacyTemplates.FewShards), TimeProvider.System).RunAsync(static (_, _) => Task.CompletedTask, null, Cancellation);
            return;
        }

        var merger = new DatabaseMerger(postgres, DatabaseMergeNames.Of(work[1], work[2], work[3], "1"), TimeProvider.System);
        await merger.CopyAsync(null, Cancellation);
        await merger.PublishAsync(Cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _waiting?.Kill();
        _waiting?.Dispose();
    }

    /// <summary>Lets a process merge and kills it some moment later; then waits for the server to notice. False when it had ended.</summary>
    private async Task<bool> KillAsync(PostgresCluster cluster, string work, string database, Random dice, Tally tally)
    {
        var postgres = cluster.Server();
        using var process = _waiting ?? Start(cluster);
        await process.StandardInput.WriteLineAsync(work.AsMemory(), Cancellation);
        await process.StandardInput.FlushAsync(Cancellation);
        await Condition.TryAwaitAsync(
            async token => process.HasExited || (await postgres.ListConnectionsAsync(database, token)).Count > 0, Patience, Cancellation);
        var begun = Stopwatch.GetTimestamp();
        var moment = tally.Longest is { } longest ? dice.NextDouble() * longest : Timeout.InfiniteTimeSpan;
        await Task.WhenAny(process.WaitForExitAsync(Cancellation), Task.Delay(moment, Cancellation));
        var alive = !process.HasExited;
        if (alive)
        {
            process.Kill();
            tally.Kills++;
        }

        // It gets ready while this one's traces are looked at.
        _waiting = Start(cluster);
        await process.WaitForExitAsync(Cancellation);
        if (!alive)
        {
            // One that ended by itself tells how long a merge takes on this machine at present, and so when to kill the others.
            Assert.Equal(0, process.ExitCode);
            tally.Longest = Stopwatch.GetElapsedTime(begun);
        }

        foreach (var name in work.Split(' ').Skip(1).Append(database))
        {
            Assert.True(await Condition.TryAwaitAsync(async token => (await postgres.ListConnectionsAsync(name, token)).Count == 0, Patience, Cancellation), $"sessions stay on {name}");
        }

        return alive;
    }

    private static Process Start(PostgresCluster cluster)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            Environment = { [PortVariable] = cluster.Port.ToString(CultureInfo.InvariantCulture), [PasswordVariable] = cluster.Password },
        };
        foreach (var argument in new[] { "-explicit", "only", "-noLogo", "-reporter", "silent", "-method", $"{typeof(MergeKillTests).FullName}.{nameof(Merges_in_a_process_of_its_own)}" })
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new InvalidOperationException("the merge's process did not start");
    }

    /// <summary>Takes the rows out of the merged tables again: much sooner done than another copy of all shards.</summary>
    private static async Task EmptyAsync(TestDatabase database)
    {
        await using var connection = await database.Cluster.OpenAsync(database.Name, Cancellation);
        await using var list = new Npgsql.NpgsqlCommand(
            "SELECT string_agg(format('public.%I', tablename), ', ') FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%migrations'", connection);
        await database.Cluster.ExecuteAsync(database.Name, $"TRUNCATE {await list.ExecuteScalarAsync(Cancellation)}", Cancellation);
    }

    /// <summary>Every merged table holds what its shards do, the shards are as they were, and so are all keys and indexes.</summary>
    private static void AssertComplete(DatabaseFingerprint before, DatabaseFingerprint after)
    {
        Assert.Equal(before.Tables.Where(table => table.Schema != "public"), after.Tables.Where(table => table.Schema != "public"));
        Assert.Equal(before.Schema.Objects, after.Schema.Objects);
        foreach (var table in after.Tables.Where(table => table.Schema == "public" && !ShardedDatabase.Bookkeeping.Contains(table.Table, StringComparer.Ordinal)))
        {
            Assert.Equal(before.Tables.Where(shard => shard.Schema != "public" && shard.Table == table.Table).Sum(shard => shard.Rows), table.Rows);
        }
    }

    private static async Task<long> CountAsync(TestDatabase database, string sql)
    {
        await using var connection = await database.Cluster.OpenAsync(database.Name, Cancellation);
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private sealed class Tally
    {
        public TimeSpan? Longest { get; set; }

        public int Kills { get; set; }

        public int Untouched { get; set; }

        public int Complete { get; set; }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kills} kills: {Untouched} times untouched, {Complete} times complete");
    }
}
