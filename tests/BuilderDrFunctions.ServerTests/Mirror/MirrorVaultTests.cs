using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.ObjectStore;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Mirror;

/// <summary>The mirror between Ceph's gateway and each kind of vault.</summary>
public sealed class MirrorVaultTests(Servers servers)
{
    private static readonly MirrorOptions Options = new() { BatchObjects = 25 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("folder")]
    [InlineData("azurite")]
    public async Task Each_set_is_the_bucket_of_its_time_and_only_changes_are_fetched(string kind)
    {
        using var folder = new TemporaryFolder("vault");
        var vault = await OpenVaultAsync(kind, folder);
        var store = S3ObjectStoreTests.OpenStore(await servers.NewBucketAsync(), await servers.S3Async());
        var first = Enumerable.Range(0, 60).ToDictionary(number => $"core/p{number:D3}/x.hart", number => ContentOf(number, 2000 + number), StringComparer.Ordinal);
        // Larger than one part of an upload and one block of a vault.
        first["core/large.hart"] = ContentOf(1000, 40_000_000);
        first["empty"] = [];
        await PutAsync(store, first);
        var passes = new MirrorPasses(vault, store, Options);

        var one = await passes.RunAsync(MirrorPasses.Order("op1", null), Cancellation);

        var second = new Dictionary<string, byte[]>(first, StringComparer.Ordinal) { ["core/p001/x.hart"] = ContentOf(77, 500), ["new"] = ContentOf(78, 10) };
        second.Remove("core/p002/x.hart");
        await PutAsync(store, new(StringComparer.Ordinal) { ["core/p001/x.hart"] = second["core/p001/x.hart"], ["new"] = second["new"] });
        await store.DeleteAsync("core/p002/x.hart", Cancellation);
        var two = await passes.RunAsync(MirrorPasses.Order("op2", one.InventoryPath), Cancellation);

        await AssertHoldsAsync(vault, one, first);
        await AssertHoldsAsync(vault, two, second);
        Assert.Equal((first.Count, 2L), (one.Transfer.Fetched, two.Transfer.Fetched));
        Assert.Equal(510, two.Transfer.FetchedBytes);
        Assert.Equal((long)second.Count, two.Counts.Objects);
    }

    private async Task<IVault> OpenVaultAsync(string kind, TemporaryFolder folder)
    {
        if (kind is "folder")
        {
            return VaultFactory.Create(new VaultOptions { Url = new Uri(folder.FullPath + "/").AbsoluteUri }, TimeProvider.System);
        }

        var server = await servers.AzuriteAsync();
        return VaultFactory.Create(new VaultOptions { Url = await servers.NewContainerAsync(), ConnectionString = server.ConnectionString }, TimeProvider.System);
    }

    private static async Task AssertHoldsAsync(IVault vault, MirrorReceipt receipt, Dictionary<string, byte[]> bucket)
    {
        var entries = await MirrorPasses.ReadAsync(vault, receipt, Cancellation);
        Assert.Equal(bucket.Keys.Order(KeyOrder.Instance), entries.Select(entry => entry.Key), StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            await using var stored = await vault.OpenReadAsync(ObjectVersion.PathOf(MirrorPasses.Site, entry.Name!), 0, Cancellation);
            using var content = new MemoryStream();
            await stored.CopyToAsync(content, Cancellation);
            Assert.True(content.ToArray().AsSpan().SequenceEqual(bucket[entry.Key]), entry.Key);
        }
    }

    private static Task PutAsync(S3ObjectStore store, Dictionary<string, byte[]> objects)
        => Parallel.ForEachAsync(objects, Cancellation, async (item, token) => await store.PutAsync(item.Key, new MemoryStream(item.Value), item.Value.Length, token));

    private static byte[] ContentOf(int seed, int bytes)
    {
        var content = new byte[bytes];
        // Test content is to be the same on every run.
#pragma warning disable CA5394
        new Random(seed).NextBytes(content);
#pragma warning restore CA5394
        return content;
    }
}
