using System.Diagnostics;
using System.Globalization;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Benchmarks.Merge;

/// <summary>
/// The shard merge against a single session's bare <c>INSERT … SELECT</c>s, and the database merge against one stream of COPY into the finished
/// schema; both merges with their proof. Sizes S, M and L, or those that <c>BENCH_MERGE_SIZES</c> names.
/// </summary>
internal sealed class MergeBench : IBenchGroup
{
    private const string SizesVariable = "BENCH_MERGE_SIZES";
    private const double ShardGoal = 1.5;
    private const double DatabaseGoal = 0.8;

    public string Name => "merge";

    public async Task RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        var sizes = (Environment.GetEnvironmentVariable(SizesVariable) ?? "s,m,l").Split(',');
        var measured = new List<(string Size, double ShardSeconds, double DatabaseSeconds)>();
        foreach (var size in sizes)
        {
            await using var cluster = await PostgresCluster.StartNewAsync(new PostgresClusterOptions(), cancellationToken);
            await new LegacyGenerator(LegacySize.Named(size), BuilderSettings.DefaultKeys).FillShardedAsync(cluster, cancellationToken);
            var rounds = size is "l" ? 1 : 3;
            var shards = await MeasureShardsAsync(report, cluster, size.ToUpperInvariant(), rounds, cancellationToken);
            var databases = await MeasureDatabasesAsync(report, cluster, size.ToUpperInvariant(), rounds, cancellationToken);
            measured.Add((size, shards, databases));
        }

        if (measured is [("s", var firstShards, var firstDatabases), .., ("l", var lastShards, var lastDatabases)])
        {
            report.Inform("shard merge, growth from S to L (200 times the packages)", lastShards / firstShards, "times");
            report.Inform("database merge, growth from S to L (200 times the packages)", lastDatabases / firstDatabases, "times");
        }
    }

    private static async Task<double> MeasureShardsAsync(BenchReport report, PostgresCluster cluster, string size, int rounds, CancellationToken cancellationToken)
    {
        var database = ShardedDatabase.Find(ShardedDatabase.Originsrv)!;
        var postgres = Server(cluster);
        var bare = new BareShards(cluster, database);
        var begun = Stopwatch.GetTimestamp();
        var plan = await new ShardAnalysis(postgres, database).RunAsync(cancellationToken);
        report.Inform($"{size}: shard analysis before the merge", Stopwatch.GetElapsedTime(begun).TotalSeconds, "s");
        MergeResult? result = null;
        var times = await InTurnsAsync(
            rounds,
            bare.ResetAsync,
            token => bare.RunAsync([.. plan.Tables.Select(table => table.Table)], token),
            bare.ResetAsync,
            async token => result = await new ShardMerger(postgres, database, TimeProvider.System).RunAsync(static (_, _) => Task.CompletedTask, null, token),
            cancellationToken);
        report.Inform($"{size}: bare INSERT … SELECT transaction, median", times.Reference, "s");
        report.Inform($"{size}: shard merge with proof, median", times.Candidate, "s");
        Stages(report, $"{size}: shard merge", result!);
        report.Inform($"{size}: shard merge", result!.Tables.Sum(table => table.Rows) / times.Candidate, "rows/s");
        report.AtMost($"{size}: shard merge by the bare transaction", times.Ratio, "ratio", ShardGoal);
        await new ShardMerger(postgres, ShardedDatabase.Find(ShardedDatabase.Sessionsrv)!, TimeProvider.System).RunAsync(static (_, _) => Task.CompletedTask, null, cancellationToken);
        return times.Candidate;
    }

    private static async Task<double> MeasureDatabasesAsync(BenchReport report, PostgresCluster cluster, string size, int rounds, CancellationToken cancellationToken)
    {
        var names = DatabaseMergeNames.Of("bench");
        var merger = new DatabaseMerger(Server(cluster), names, TimeProvider.System);
        var stream = new OneStream(cluster, names.Target);
        MergeResult? result = null;
        var times = await InTurnsAsync(
            rounds,
            stream.ResetAsync,
            stream.RunAsync,
            stream.RemoveAsync,
            async token =>
            {
                result = await merger.CopyAsync(null, token);
                await merger.PublishAsync(token);
            },
            cancellationToken);
        report.Inform($"{size}: one stream of COPY into the finished schema, median", times.Reference, "s");
        report.Inform($"{size}: database merge with proof, median", times.Candidate, "s");
        Stages(report, $"{size}: database merge", result!);
        report.Inform($"{size}: database merge", result!.Tables.Sum(table => table.Rows) / times.Candidate, "rows/s");
        report.AtMost($"{size}: database merge by one stream of COPY", times.Ratio, "ratio", DatabaseGoal);
        return times.Candidate;
    }

    /// <summary>Times both ways in turns; what puts things back between them is not timed. One untimed round warms caches and the JIT.</summary>
    private static async Task<InterleavedResult> InTurnsAsync(
        int rounds, Func<CancellationToken, Task> resetReference, Func<CancellationToken, Task> reference,
        Func<CancellationToken, Task> resetCandidate, Func<CancellationToken, Task> candidate, CancellationToken cancellationToken)
    {
        var references = new List<double>();
        var candidates = new List<double>();
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (reset, way, seconds) in new[] { (resetReference, reference, references), (resetCandidate, candidate, candidates) })
            {
                await reset(cancellationToken);
                var begun = Stopwatch.GetTimestamp();
                await way(cancellationToken);
                if (round > 0)
                {
                    seconds.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
                }
            }
        }

        return new InterleavedResult(references, candidates);
    }

    private static void Stages(BenchReport report, string name, MergeResult result)
    {
        foreach (var stage in result.Stages)
        {
            report.Inform(string.Create(CultureInfo.InvariantCulture, $"{name}, {stage.Name}"), stage.Seconds, "s");
        }
    }

    private static PostgresServer Server(PostgresCluster cluster) => new(
        new PostgresEndpoint { Host = cluster.Host, Port = cluster.Port, Username = cluster.Username, Password = cluster.Password, Tools = cluster.ToolsFolder }, host: null);
}
