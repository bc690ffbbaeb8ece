using System.Security.Cryptography;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Tests.Retention;
using Xunit;

namespace BuilderDrFunctions.Tests.Mirror;

/// <summary>What the vault lost or damaged is stored anew, as long as the bucket still has it.</summary>
public sealed class MirrorMendingTests
{
    private const int Objects = 20;

    private static readonly MirrorOptions Small = new() { BatchObjects = 4, Parallelism = 1, ListRangeObjects = 5, ListParallelism = 2 };

    // A batch of twenty is probed at every second or third object, so that one alone in the vault is met by its upload.
    private static readonly MirrorOptions OneBatch = new() { BatchObjects = Objects, Parallelism = 1 };

    private const int Unprobed = 1;
    private const int Probed = 0;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stores_anew_what_verifications_found_damaged_or_lost_and_reads_nothing_else()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket());
        var first = await new MirrorRun(vault, bucket, Small).PassAsync(Order("op1", null), Cancellation);
        var entries = await MirrorRun.ReadAsync(vault, first.InventoryPath, Cancellation);
        vault[PathOf(entries[3])] = [9, 9, 9, 9];
        vault[PathOf(entries[5])] = [9];
        await vault.DeleteAsync(PathOf(entries[17]), Cancellation);
        var damaged = new DamagedObjects(vault);
        // Two verifications, one of several batches; both name one of the objects.
        await damaged.NoteAsync(MirrorRun.Site, "verify-1", 1, [entries[3]], Cancellation);
        await damaged.NoteAsync(MirrorRun.Site, "verify-1", 4, [entries[17]], Cancellation);
        await damaged.GatherAsync(MirrorRun.Site, "verify-1", Cancellation);
        await damaged.NoteAsync(MirrorRun.Site, "verify-2", 1, [entries[3], entries[5]], Cancellation);
        await damaged.GatherAsync(MirrorRun.Site, "verify-2", Cancellation);
        bucket.Fetches.Clear();

        var lists = await damaged.ListAsync(MirrorRun.Site, [], Cancellation);
        var second = await new MirrorRun(vault, bucket, Small).PassAsync(Order("op2", first.InventoryPath) with { Damaged = lists }, Cancellation);

        Assert.Equal(2, lists.Count);
        Assert.Equal(3, second.Transfer.Mended);
        Assert.Equal(first.Counts, second.Counts);
        await AssertIsWholeAsync(vault, bucket, second);
        // The older set is whole again too.
        await AssertIsWholeAsync(vault, bucket, first);
        Assert.Equal([entries[3].Key, entries[5].Key, entries[17].Key], bucket.Fetches.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);

        // A list that is still there when everything is mended costs no read of the bucket.
        bucket.Fetches.Clear();
        var third = await new MirrorRun(vault, bucket, Small).PassAsync(Order("op3", second.InventoryPath) with { Damaged = lists }, Cancellation);
        Assert.Empty(bucket.Fetches);
        Assert.Equal(0, third.Transfer.Mended);
    }

    [Fact]
    public async Task Mends_after_a_death_at_any_moment()
    {
        for (var life = 1; life < 25; life++)
        {
            var (inner, bucket) = (new MemoryVault(), FilledBucket());
            var first = await new MirrorRun(inner, bucket, Small).PassAsync(Order("op1", null), Cancellation);
            var entries = await MirrorRun.ReadAsync(inner, first.InventoryPath, Cancellation);
            var damaged = new DamagedObjects(inner);
            inner[PathOf(entries[3])] = [9, 9, 9, 9];
            await damaged.NoteAsync(MirrorRun.Site, "verify-1", 1, [entries[3]], Cancellation);
            await damaged.GatherAsync(MirrorRun.Site, "verify-1", Cancellation);
            var order = Order("op2", first.InventoryPath) with { Damaged = await damaged.ListAsync(MirrorRun.Site, [], Cancellation) };
            var vault = new BrittleVault(inner);
            MirrorReceipt? receipt = null;
            for (var deaths = 0; receipt is null; deaths++)
            {
                vault.DieAfter(life + deaths);
                try
                {
                    receipt = await new MirrorRun(vault, bucket, Small).PassAsync(order, Cancellation);
                }
                catch (BrittleVault.DiedException)
                {
                    // Begun again.
                }
            }

            await AssertIsWholeAsync(inner, bucket, receipt);
        }
    }

    [Fact]
    public async Task Is_unreadable_when_the_bucket_cannot_give_it_either()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket());
        var options = new MirrorOptions { BatchObjects = 4, UnreadableAfterAttempts = 1 };
        var first = await new MirrorRun(vault, bucket, options).PassAsync(Order("op1", null), Cancellation);
        var entries = await MirrorRun.ReadAsync(vault, first.InventoryPath, Cancellation);
        vault[PathOf(entries[3])] = [9, 9, 9, 9];
        var damaged = new DamagedObjects(vault);
        vault[PathOf(entries[7])] = [9, 9, 9, 9];
        await damaged.NoteAsync(MirrorRun.Site, "verify-1", 1, [entries[3], entries[7]], Cancellation);
        await damaged.GatherAsync(MirrorRun.Site, "verify-1", Cancellation);
        bucket.BeforeOpen = key => _ = key == entries[3].Key ? throw ObjectStoreFaults.ServerError("bucket", 500, "read", null) : true;
        var lists = await damaged.ListAsync(MirrorRun.Site, [], Cancellation);

        var second = await new MirrorRun(vault, bucket, options).PassAsync(Order("op2", first.InventoryPath) with { Damaged = lists }, Cancellation);

        Assert.True(second.Counts.IsIncomplete);
        Assert.Equal(1, second.Counts.Unreadable);
        Assert.Equal(1, second.Transfer.Mended);

        // It alone is looked after again, although the set is not complete; and once more after a crash.
        for (var time = 0; time < 2; time++)
        {
            var taken = await MirrorRun.ReadAsync(vault, second.InventoryPath, Cancellation);
            await damaged.SettleAsync(MirrorRun.Site, "op2", lists, taken.ToAsyncEnumerable(), Cancellation);
            var left = await damaged.ListAsync(MirrorRun.Site, [], Cancellation);
            Assert.DoesNotContain(lists[0], left, StringComparer.Ordinal);
            Assert.Equal([entries[3].Key], await DamagedObjects.ReadAsync(vault, left, Cancellation).Select(entry => entry.Key).ToListAsync(Cancellation));
        }
    }

    [Theory]
    [InlineData("verify-1", "verify-2")]
    [InlineData("verify-2", "verify-1")]
    public async Task Looks_after_an_object_once_more_although_several_verifications_named_it_in_vain(string older, string newer)
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket());
        var options = new MirrorOptions { BatchObjects = 4, UnreadableAfterAttempts = 1 };
        var first = await new MirrorRun(vault, bucket, options).PassAsync(Order("op1", null), Cancellation);
        var former = (await MirrorRun.ReadAsync(vault, first.InventoryPath, Cancellation))[3];
        bucket.Put(former.Key, [3, 3, 3, 3]);
        var second = await new MirrorRun(vault, bucket, options).PassAsync(Order("op2", first.InventoryPath), Cancellation);
        var entries = await MirrorRun.ReadAsync(vault, second.InventoryPath, Cancellation);
        (vault[PathOf(entries[3])], vault[PathOf(entries[7])]) = ([9, 9, 9, 9], [9, 9, 9, 9]);
        var damaged = new DamagedObjects(vault);
        await damaged.AddAsync(MirrorRun.Site, older, [former, entries[7]], Cancellation);
        await damaged.AddAsync(MirrorRun.Site, newer, [entries[3], entries[7]], Cancellation);
        bucket.BeforeOpen = key => _ = key == entries[3].Key || key == entries[7].Key ? throw ObjectStoreFaults.ServerError("bucket", 500, "read", null) : true;
        var lists = await damaged.ListAsync(MirrorRun.Site, [], Cancellation);
        var third = await new MirrorRun(vault, bucket, options).PassAsync(Order("op3", second.InventoryPath) with { Damaged = lists }, Cancellation);

        var taken = await MirrorRun.ReadAsync(vault, third.InventoryPath, Cancellation);
        await damaged.SettleAsync(MirrorRun.Site, "op3", lists, taken.ToAsyncEnumerable(), Cancellation);

        Assert.Equal(2, third.Counts.Unreadable);
        var left = await DamagedObjects.ReadAsync(vault, await damaged.ListAsync(MirrorRun.Site, [], Cancellation), Cancellation).ToListAsync(Cancellation);
        // Of the versions of one key the bucket has the newer alone.
        Assert.Equal([entries[3].Name, entries[7].Name], left.Select(entry => entry.Name), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(Unprobed, 1)]
    [InlineData(Unprobed, 4)]
    [InlineData(Probed, 1)]
    [InlineData(Probed, 4)]
    public async Task Takes_no_damaged_bytes_for_what_the_bucket_has_where_no_inventory_says_what_they_must_be(int kept, int size)
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket());
        var first = await new MirrorRun(vault, bucket, Small).PassAsync(Order("op1", null), Cancellation);
        var entries = await MirrorRun.ReadAsync(vault, first.InventoryPath, Cancellation);
        await KeepAloneAsync(vault, entries, kept, [.. Enumerable.Repeat((byte)9, size)]);

        var second = await new MirrorRun(vault, bucket, OneBatch).PassAsync(Order("op2", null), Cancellation);

        Assert.Equal(1, second.Transfer.Mended);

        await AssertIsWholeAsync(vault, bucket, second);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 4)]
    public async Task Asks_the_bucket_about_no_second_object_where_its_ETags_only_look_like_an_MD5(bool isTold, int reads)
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket());
        bucket.FalseETags.UnionWith(bucket.Contents.Keys);
        bucket.TellsFalseETags = isTold;
        var first = await new MirrorRun(vault, bucket, Small).PassAsync(Order("op1", null), Cancellation);
        bucket.Fetches.Clear();

        var second = await new MirrorRun(vault, bucket, OneBatch).PassAsync(Order("op2", null), Cancellation);

        Assert.Equal([new("key-00", reads)], bucket.Fetches);
        Assert.Equal(Objects, second.Transfer.Kept);
        Assert.Equal(0, second.Transfer.Mended);
        await AssertIsWholeAsync(vault, bucket, second);
        await AssertIsWholeAsync(vault, bucket, first);
    }

    [Fact]
    public async Task Leaves_what_is_stored_where_nothing_proves_it_wrong_and_notes_what_lies_there()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket());
        bucket.FalseETags.Add($"key-{Unprobed:D2}");
        var first = await new MirrorRun(vault, bucket, Small).PassAsync(Order("op1", null), Cancellation);
        var entries = await MirrorRun.ReadAsync(vault, first.InventoryPath, Cancellation);
        await KeepAloneAsync(vault, entries, Unprobed, [9, 9, 9, 9]);

        var second = await new MirrorRun(vault, bucket, OneBatch).PassAsync(Order("op2", null), Cancellation);

        Assert.Equal([9, 9, 9, 9], vault[PathOf(entries[Unprobed])]);
        var noted = (await MirrorRun.ReadAsync(vault, second.InventoryPath, Cancellation))[Unprobed];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([9, 9, 9, 9])), noted.Sha256);
    }

    [Fact]
    public async Task Goes_on_where_the_vault_does_not_let_the_damaged_object_go()
    {
        var (inner, bucket) = (new MemoryVault(), FilledBucket());
        var first = await new MirrorRun(inner, bucket, Small).PassAsync(Order("op1", null), Cancellation);
        var entries = await MirrorRun.ReadAsync(inner, first.InventoryPath, Cancellation);
        await KeepAloneAsync(inner, entries, Unprobed, [9]);
        var vault = new ImmutableVault(inner, path => path == PathOf(entries[Unprobed]));

        var second = await new MirrorRun(vault, bucket, OneBatch).PassAsync(Order("op2", null), Cancellation);

        Assert.Equal(0, second.Transfer.Mended);
        Assert.Equal(Objects - 1, second.Transfer.Fetched - second.Transfer.Kept);
        var noted = (await MirrorRun.ReadAsync(inner, second.InventoryPath, Cancellation))[Unprobed];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([9])), noted.Sha256);
    }

    /// <summary>One object is all the vault has, under its name but with this content.</summary>
    private static async Task KeepAloneAsync(MemoryVault vault, List<InventoryEntry> entries, int kept, byte[] content)
    {
        foreach (var entry in entries)
        {
            await vault.DeleteAsync(PathOf(entry), Cancellation);
        }

        vault[PathOf(entries[kept])] = content;
    }

    private static MirrorOrder Order(string operation, string? from) =>
        new(MirrorRun.Site, operation, MirrorPass.Warm, from, $"result-{operation}", null);

    private static string PathOf(InventoryEntry entry) => ObjectVersion.PathOf(MirrorRun.Site, entry.Name!);

    private static async Task AssertIsWholeAsync(MemoryVault vault, MemoryBucket bucket, MirrorReceipt receipt)
    {
        var entries = await MirrorRun.ReadAsync(vault, receipt.InventoryPath, Cancellation);
        Assert.Equal(Objects, entries.Count);
        Assert.All(entries, entry =>
        {
            Assert.Equal(bucket.Contents[entry.Key], vault[PathOf(entry)]);
            Assert.Equal(entry.Sha256, Convert.ToHexStringLower(SHA256.HashData(vault[PathOf(entry)])));
        });
    }

    private static MemoryBucket FilledBucket()
    {
        var bucket = new MemoryBucket();
        for (var number = 0; number < Objects; number++)
        {
            bucket.Put($"key-{number:D2}", [(byte)number, 1, 2, 3]);
        }

        return bucket;
    }
}
