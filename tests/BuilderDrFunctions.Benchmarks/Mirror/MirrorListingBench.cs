using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Benchmarks.Mirror;

/// <summary>A run with nothing changed over 100,000 real objects, against listing that bucket alone.</summary>
internal static class MirrorListingBench
{
    private const int Objects = 100_000;

    public static async Task RunAsync(BenchReport report, S3Server source, CancellationToken cancellationToken)
    {
        await source.CreateBucketAsync("many", cancellationToken);
        var store = MirrorPassRun.Store(source.Url, "many", source.AccessKey, source.SecretKey);
        await Parallel.ForEachAsync(Enumerable.Range(0, Objects), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellationToken }, async (number, token) =>
            await store.PutAsync($"origin{number / 20_000}/package{number:D6}/1.0.0/x.hart", new MemoryStream("content"u8.ToArray()), 7, token));

        using var folder = new TemporaryFolder("many");
        var vault = VaultFactory.Create(new VaultOptions { Url = new Uri(folder.FullPath + "/").AbsoluteUri }, TimeProvider.System);
        await WriteBaseAsync(vault, store, cancellationToken);
        var run = 0;
        var result = await Interleaved.RunAsync(
            3,
            async token =>
            {
                var listed = await store.ListAsync("", null, token).CountAsync(token);
                if (listed != Objects)
                {
                    throw new InvalidOperationException($"{listed} of {Objects} objects listed");
                }
            },
            async token => await MirrorPassRun.RunAsync(vault, store, new MirrorOptions(), $"op{++run}", MirrorPassRun.Inventory("op0"), token),
            cancellationToken);
        report.Inform("listing 100,000 objects alone", result.Reference, "s");
        report.Inform("no-change run over 100,000 objects", result.Candidate, "s");
        report.AtMost("no-change run against listing alone", result.Ratio, "ratio", 1.5);
    }

    /// <summary>The inventory that a former run would have left. A run without changes reads no object, so none needs to be fetched for it.</summary>
    private static async Task WriteBaseAsync(IVault vault, S3ObjectStore store, CancellationToken cancellationToken)
    {
        await using var inventory = await InventoryWriter.CreateAsync(vault, MirrorPassRun.Inventory("op0"), new InventoryHeader(MirrorPassRun.Site, "op0"), cancellationToken);
        await foreach (var entry in store.ListAsync("", null, cancellationToken))
        {
            var name = ObjectVersion.NameOf(entry.Key, entry.ETag, entry.Bytes);
            await inventory.WriteAsync(
                new InventoryEntry(entry.Key, entry.Bytes, entry.ETag, entry.ModifiedAt, ObjectVerdict.Verified) { Name = name, Sha256 = name, Blake2b = name }, cancellationToken);
        }

        await inventory.CommitAsync(cancellationToken);
    }
}
