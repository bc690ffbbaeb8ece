using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Sandbox.FaultyS3;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Benchmarks.Mirror;

/// <summary>Runs parts of the benchmark in processes of their own, so that memory is measured of the mirror alone.</summary>
internal static class MirrorWorker
{
    /// <summary>The first argument that asks for it.</summary>
    public const string Command = "mirror-worker";

    /// <summary><c>serve count</c>: lists generated objects until standard input ends. <c>base count folder path</c>: writes their inventory. <c>difference endpoint folder operation base</c>.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        switch (args)
        {
            case ["serve", var count]:
                await ServeAsync(Bucket(count), cancellationToken);
                return 0;
            case ["base", var count, var folder, var path]:
                await WriteBaseAsync(Bucket(count), folder, path, cancellationToken);
                return 0;
            case ["difference", var endpoint, var folder, var operation, .. var rest]:
                Console.WriteLine(JsonSerializer.Serialize(await DifferAsync(endpoint, folder, operation, rest is [var from] ? from : null, cancellationToken)));
                return 0;
            default:
                return 64;
        }
    }

    private static GeneratedBucket Bucket(string count) => new(int.Parse(count, CultureInfo.InvariantCulture), static number => 10_000 + (number % 1000));

    private static async Task ServeAsync(GeneratedBucket objects, CancellationToken cancellationToken)
    {
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, cancellationToken);
        Console.WriteLine(server.Url);
        await Console.In.ReadToEndAsync(cancellationToken);
    }

    private static async Task WriteBaseAsync(GeneratedBucket objects, string folder, string path, CancellationToken cancellationToken)
    {
        var vault = OpenFolder(folder);
        await using var writer = await InventoryWriter.CreateAsync(vault, path, new InventoryHeader(MirrorPassRun.Site, "base"), cancellationToken);
        for (var number = 0; number < objects.Count; number++)
        {
            var (key, eTag, bytes) = (GeneratedBucket.KeyOf(number), objects.ETagOf(number), objects.BytesOf(number));
            var name = ObjectVersion.NameOf(key, eTag, bytes);
            var entry = new InventoryEntry(key, bytes, eTag, DateTimeOffset.UnixEpoch, ObjectVerdict.Verified) { Name = name, Sha256 = name, Blake2b = name, Signer = "core-20260101000000" };
            await writer.WriteAsync(entry, cancellationToken);
        }

        await writer.CommitAsync(cancellationToken);
    }

    private static async Task<WorkerFigures> DifferAsync(string endpoint, string folder, string operation, string? from, CancellationToken cancellationToken)
    {
        var vault = OpenFolder(folder);
        var store = MirrorPassRun.Store(endpoint, FaultyS3Server.Bucket, "key", "secret");
        var begin = Stopwatch.GetTimestamp();
        var order = new MirrorOrder(MirrorPassRun.Site, operation, MirrorPass.Delta, from, MirrorPassRun.Inventory(operation), ChecksumsPath: null);
        var plan = await new MirrorPlanner(vault, new MirrorOptions()).PlanAsync(order, store, progress: null, cancellationToken);
        if (plan.Batches == 0)
        {
            // Nothing to fetch: the inventory is part of the price of a run without changes.
            var settle = new SettleOrder(order.Site, operation, order.Pass, plan.Folder, plan.Batches, order.ResultPath, null);
            await new InventorySettler(vault).SettleAsync(settle, progress: null, cancellationToken);
        }

        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        using var self = Process.GetCurrentProcess();
        return new WorkerFigures(seconds, self.PeakWorkingSet64 / 1e6, plan.Objects, plan.ToFetch);
    }

    private static IVault OpenFolder(string folder)
        => VaultFactory.Create(new VaultOptions { Url = new Uri(folder + "/").AbsoluteUri }, TimeProvider.System);
}
