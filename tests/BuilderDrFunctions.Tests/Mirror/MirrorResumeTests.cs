using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Mirror;

public sealed class MirrorResumeTests
{
    private static readonly MirrorOptions Small = new() { BatchObjects = 4, Parallelism = 1, ListRangeObjects = 5, ListParallelism = 2 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Goes_on_after_a_death_at_any_moment_and_fetches_no_object_twice_but_the_one_in_hand()
    {
        for (var life = 1; life < 60; life++)
        {
            var (inner, bucket) = (new MemoryVault(), FilledBucket(20));
            var vault = new BrittleVault(inner);
            var deaths = 0;
            MirrorReceipt? receipt = null;
            while (receipt is null)
            {
                // A little longer each time: it must come to an end.
                vault.DieAfter(life + deaths);
                try
                {
                    receipt = await new MirrorRun(vault, bucket, Small).PassAsync(Order(MirrorPass.Delta, null), Cancellation);
                }
                catch (BrittleVault.DiedException)
                {
                    deaths++;
                }
            }

            Assert.Equal(20, receipt.Counts.Objects);
            Assert.All(bucket.Fetches.Values, count => Assert.InRange(count, 1, 1 + deaths));
            Assert.True(bucket.Fetches.Values.Sum() <= 20 + deaths, $"{bucket.Fetches.Values.Sum()} fetches for 20 objects and {deaths} deaths");
            var entries = await MirrorRun.ReadAsync(inner, receipt.InventoryPath, Cancellation);
            Assert.All(entries, entry => Assert.Equal(bucket.Contents[entry.Key], inner[ObjectVersion.PathOf(MirrorRun.Site, entry.Name!)]));
        }
    }

    [Fact]
    public async Task Fetches_nothing_again_when_nothing_changed()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(20));
        var run = new MirrorRun(vault, bucket, Small);
        var first = await run.BackupAsync("op1", null, () => Task.FromResult<string?>(null), Cancellation);
        bucket.Fetches.Clear();
        var second = await run.BackupAsync("op2", first.InventoryPath, () => Task.FromResult<string?>(null), Cancellation);
        Assert.Empty(bucket.Fetches);
        Assert.Equal(first.Counts, second.Counts);
        Assert.Equal(0, second.Transfer.Objects);
    }

    [Fact]
    public async Task Uses_what_an_earlier_run_left_that_was_never_committed()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(20));
        var run = new MirrorRun(vault, bucket, Small);
        await run.PassAsync(Order(MirrorPass.Warm, null), Cancellation);
        bucket.Fetches.Clear();
        var receipt = await run.PassAsync(Order(MirrorPass.Warm, null) with { OperationId = "op2", ResultPath = "result-2" }, Cancellation);
        Assert.Empty(bucket.Fetches);
        Assert.Equal(20, receipt.Transfer.Kept);
    }

    [Fact]
    public async Task Notes_an_object_that_went_while_it_was_mirrored_and_takes_the_newer_version_of_one_overwritten()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(4));
        bucket.BeforeOpen = key =>
        {
            if (key is "key-01")
            {
                bucket.Remove(key);
            }
            else if (key is "key-02")
            {
                bucket.Put(key, [9, 9, 9]);
            }
        };
        var receipt = await new MirrorRun(vault, bucket, Small).PassAsync(Order(MirrorPass.Delta, null), Cancellation);
        var entries = await MirrorRun.ReadAsync(vault, receipt.InventoryPath, Cancellation);
        Assert.Equal(ObjectVerdict.Vanished, entries[1].Verdict);
        Assert.Null(entries[1].Name);
        Assert.Equal(3, entries[2].Bytes);
        Assert.Equal([9, 9, 9], vault[ObjectVersion.PathOf(MirrorRun.Site, entries[2].Name!)]);
        Assert.Equal(1, receipt.Counts.Vanished);
        Assert.Equal(3, receipt.Counts.Objects);
    }

    [Fact]
    public async Task Gives_up_on_one_unreadable_object_only_after_several_attempts()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(4));
        bucket.BeforeOpen = key =>
        {
            if (key is "key-01")
            {
                throw ObjectStoreFaults.ServerError("bucket", 500, "read", null);
            }
        };
        var run = new MirrorRun(vault, bucket, Small);
        for (var attempt = 1; attempt < Small.UnreadableAfterAttempts; attempt++)
        {
            await Assert.ThrowsAsync<TransientFaultException>(() => run.PassAsync(Order(MirrorPass.Warm, null), Cancellation));
        }

        var receipt = await run.PassAsync(Order(MirrorPass.Warm, null), Cancellation);
        Assert.True(receipt.Counts.IsIncomplete);
        Assert.Equal(1, receipt.Counts.Unreadable);
        Assert.Equal(3, receipt.Counts.Unchecked);

        bucket.BeforeOpen = null;
        var next = await run.PassAsync(Order(MirrorPass.Warm, receipt.InventoryPath) with { OperationId = "op2", ResultPath = "result-2" }, Cancellation);
        Assert.False(next.Counts.IsIncomplete);
        Assert.Equal(1, next.Transfer.Fetched);
    }

    [Fact]
    public async Task Does_not_try_again_while_the_API_is_down_what_the_warm_pass_tried_in_vain()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(4));
        var opened = new List<string>();
        bucket.BeforeOpen = key =>
        {
            opened.Add(key);
            if (key is "key-01" or "key-09")
            {
                throw ObjectStoreFaults.ServerError("bucket", 500, "read", null);
            }
        };
        var run = new MirrorRun(vault, bucket, new MirrorOptions { BatchObjects = 4, Parallelism = 1, UnreadableAfterAttempts = 1 });
        var receipt = await run.BackupAsync(
            "op1",
            null,
            () =>
            {
                opened.Clear();
                // One that has come since: it is tried, but once.
                bucket.Put("key-09", [9, 9, 9]);
                return Task.FromResult<string?>(null);
            },
            Cancellation);

        Assert.Equal(["key-09"], opened);
        Assert.Equal(2, receipt.Counts.Unreadable);
        Assert.Equal(5, receipt.Counts.Objects);

        bucket.BeforeOpen = null;
        var next = await run.BackupAsync("op2", receipt.InventoryPath, () => Task.FromResult<string?>(null), Cancellation);
        Assert.False(next.Counts.IsIncomplete);
    }

    [Fact]
    public async Task Waits_no_longer_than_half_a_minute_for_an_object_while_the_API_is_down()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(4));
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bucket.Hangs = key =>
        {
            if (key is not "key-01")
            {
                return false;
            }

            begun.TrySetResult();
            return true;
        };
        var time = new FakeTimeProvider();
        var pass = new MirrorRun(vault, bucket, Small) { Time = time }.PassAsync(Order(MirrorPass.Delta, null), Cancellation);
        await begun.Task.WaitAsync(Cancellation);
        time.Advance(BatchFetcher.QuiescedLimit);

        var receipt = await pass;

        Assert.Equal(1, receipt.Counts.Unreadable);
        Assert.Equal(3, receipt.Counts.Unchecked);
    }

    [Fact]
    public async Task Never_calls_objects_unreadable_when_the_whole_bucket_is_out_of_reach()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(4));
        bucket.BeforeOpen = _ => throw ObjectStoreFaults.Unreachable("bucket", "connection refused");
        for (var attempt = 0; attempt < 6; attempt++)
        {
            await Assert.ThrowsAsync<TransientFaultException>(() => new MirrorRun(vault, bucket, Small).PassAsync(Order(MirrorPass.Delta, null), Cancellation));
        }
    }

    [Fact]
    public async Task Takes_content_that_does_not_fit_its_ETag_only_when_every_read_agrees()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(6));
        bucket.FalseETags.Add("key-02");
        var receipt = await new MirrorRun(vault, bucket, Small).PassAsync(Order(MirrorPass.Delta, null), Cancellation);
        Assert.Equal(6, receipt.Counts.Unchecked);
        Assert.Equal(4, bucket.Fetches["key-02"]);
        Assert.Equal(1, bucket.Fetches["key-03"]);
    }

    [Fact]
    public async Task Fetches_once_more_what_was_damaged_on_the_way()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(6));
        bucket.DamagedReads["key-02"] = 2;
        var receipt = await new MirrorRun(vault, bucket, Small).PassAsync(Order(MirrorPass.Delta, null), Cancellation);
        Assert.Equal(3, bucket.Fetches["key-02"]);
        var entry = (await MirrorRun.ReadAsync(vault, receipt.InventoryPath, Cancellation))[2];
        Assert.Equal(bucket.Contents["key-02"], vault[ObjectVersion.PathOf(MirrorRun.Site, entry.Name!)]);
    }

    [Fact]
    public async Task One_object_that_reads_otherwise_every_time_is_tried_again_and_then_keeps_no_other_from_being_stored()
    {
        var (vault, bucket) = (new MemoryVault(), FilledBucket(6));
        bucket.DamagedReads["key-02"] = int.MaxValue;
        var run = new MirrorRun(vault, bucket, Small);
        for (var attempt = 1; attempt < Small.UnreadableAfterAttempts; attempt++)
        {
            var fault = await Assert.ThrowsAsync<TransientFaultException>(() => run.PassAsync(Order(MirrorPass.Warm, null), Cancellation));
            Assert.Equal("DR2122", fault.Code);
            Assert.Contains("'key-02'", fault.What, StringComparison.Ordinal);
        }

        var receipt = await run.PassAsync(Order(MirrorPass.Warm, null), Cancellation);

        Assert.Equal((1, 5), (receipt.Counts.Unreadable, receipt.Counts.Unchecked));
        Assert.Null((await MirrorRun.ReadAsync(vault, receipt.InventoryPath, Cancellation))[2].Name);
    }

    private static MirrorOrder Order(MirrorPass pass, string? from) => new(MirrorRun.Site, "op1", pass, from, "result-1", null);

    private static MemoryBucket FilledBucket(int objects)
    {
        var bucket = new MemoryBucket();
        for (var number = 0; number < objects; number++)
        {
            bucket.Put($"key-{number:D2}", [(byte)number, 1, 2, 3]);
        }

        return bucket;
    }
}
