using System.Diagnostics;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Benchmarks.Mirror;

/// <summary>The mirror against rclone, in turns, from Ceph's gateway to Azurite: first run, nothing changed, one percent changed.</summary>
internal sealed class MirrorRcloneBench(S3Server source, AzuriteServer target, TemporaryFolder folder)
{
    private static readonly MirrorOptions Options = new();
    private readonly RcloneRun _rclone = new(source, target, folder);
    private int _number;

    public async Task RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        var small = await FillAsync("small", 2000, 20_000, cancellationToken);
        await FirstAndUnchangedAsync(report, small, "2,000 x 20 KB", rounds: 3, firstGoal: 1.5, measuresChanges: true, cancellationToken);
        var large = await FillAsync("large", 5, 200_000_000, cancellationToken);
        await FirstAndUnchangedAsync(report, large, "5 x 200 MB", rounds: 4, firstGoal: 1.0, measuresChanges: false, cancellationToken);
    }

    private async Task FirstAndUnchangedAsync(
        BenchReport report, string bucket, string name, int rounds, double firstGoal, bool measuresChanges, CancellationToken cancellationToken)
    {
        var store = Store(bucket);
        List<(double Rclone, double Own)> first = [], unchanged = [], changed = [];
        // The first round warms both and is not counted.
        for (var round = 0; round <= rounds; round++)
        {
            var (theirs, ours) = ($"theirs{++_number}", $"ours{_number}");
            await target.CreateContainerAsync(theirs, cancellationToken);
            var vault = VaultFactory.Create(new VaultOptions { Url = target.ContainerUrl(ours), AccountKey = target.AccountKey }, TimeProvider.System);
            first.Add((
                await SecondsAsync(() => _rclone.CopyAsync(bucket, theirs, Options.Parallelism, cancellationToken)),
                await SecondsAsync(() => MirrorPassRun.RunAsync(vault, store, Options, "op1", null, cancellationToken))));
            if (measuresChanges)
            {
                unchanged.Add((
                    await SecondsAsync(() => _rclone.CopyAsync(bucket, theirs, Options.Parallelism, cancellationToken)),
                    await SecondsAsync(() => MirrorPassRun.RunAsync(vault, store, Options, "op2", MirrorPassRun.Inventory("op1"), cancellationToken))));
                await PutAsync(store, Enumerable.Range(0, 20).Select(number => number * 100), 20_000, seed: round + 1, cancellationToken);
                changed.Add((
                    await SecondsAsync(() => _rclone.CopyAsync(bucket, theirs, Options.Parallelism, cancellationToken)),
                    await SecondsAsync(() => MirrorPassRun.RunAsync(vault, store, Options, "op3", MirrorPassRun.Inventory("op2"), cancellationToken))));
            }

            foreach (var container in new[] { theirs, ours })
            {
                await new Azure.Storage.Blobs.BlobContainerClient(target.ConnectionString, container).DeleteAsync(cancellationToken: cancellationToken);
            }
        }

        Report(report, $"{name}, first run, times rclone's speed", first, firstGoal);
        if (measuresChanges)
        {
            Report(report, $"{name}, nothing changed, times rclone's speed", unchanged, 3);
            Report(report, $"{name}, 1 % changed, times rclone's speed", changed, 2);
        }
    }

    private static void Report(BenchReport report, string name, List<(double Rclone, double Own)> rounds, double goal)
    {
        var counted = rounds.Skip(1).ToList();
        report.Inform($"{name}: rclone", Median(counted.ConvertAll(round => round.Rclone)), "s");
        report.Inform($"{name}: mirror", Median(counted.ConvertAll(round => round.Own)), "s");
        report.AtLeast(name, Median(counted.ConvertAll(round => round.Rclone / round.Own)), "ratio", goal);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }

    private S3ObjectStore Store(string bucket) => MirrorPassRun.Store(source.Url, bucket, source.AccessKey, source.SecretKey);

    private async Task<string> FillAsync(string bucket, int objects, int bytes, CancellationToken cancellationToken)
    {
        await source.CreateBucketAsync(bucket, cancellationToken);
        await PutAsync(Store(bucket), Enumerable.Range(0, objects), bytes, seed: 0, cancellationToken);
        return bucket;
    }

    private static Task PutAsync(S3ObjectStore store, IEnumerable<int> numbers, int bytes, int seed, CancellationToken cancellationToken)
        => Parallel.ForEachAsync(
            numbers,
            new ParallelOptions { MaxDegreeOfParallelism = bytes > 1_000_000 ? 1 : 16, CancellationToken = cancellationToken },
            async (number, token) =>
            {
                var content = new byte[bytes];
                // Content is to differ, not to be secret.
#pragma warning disable CA5394
                new Random((seed * 100_000) + number).NextBytes(content);
#pragma warning restore CA5394
                await store.PutAsync($"core/package{number:D6}/1.0.0/core-package{number:D6}.hart", new MemoryStream(content), bytes, token);
            });

    private static async Task<double> SecondsAsync(Func<Task> run)
    {
        var begin = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
