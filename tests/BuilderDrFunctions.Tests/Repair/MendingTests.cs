using System.Security.Cryptography;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.Tests.Repair;

/// <summary>One artifact that cannot be mended keeps none of the others from it.</summary>
public sealed class MendingTests
{
    private const string Operation = "repair-20261122T120000Z-main-1a2b";
    private const string Broken = "core/broken/1.0/20260101000000/x86_64/linux/core-broken-1.0-20260101000000-x86_64-linux.hart";
    private const string Good = "core/good/1.0/20260101000000/x86_64/linux/core-good-1.0-20260101000000-x86_64-linux.hart";

    private readonly MemoryVault vault = new();
    private readonly MemoryBucket bucket = new();
    private FakeRuns Runs { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ObjectVerdict.Missing)]
    [InlineData(ObjectVerdict.Mismatch)]
    public async Task What_cannot_be_read_any_more_since_the_plan_is_left_alone(ObjectVerdict verdict)
    {
        await PlanAsync(verdict);
        FailReadsOf(Broken, after: 0);

        AssertOneOfTwo(await PutBackAsync());
        Assert.Equal("other"u8.ToArray(), bucket.Contents[Broken]);
    }

    [Fact]
    public async Task What_cannot_be_read_back_is_not_mended()
    {
        await PlanAsync(ObjectVerdict.Unreadable);
        FailReadsOf(Broken, after: 1);

        AssertOneOfTwo(await PutBackAsync());
    }

    [Fact]
    public async Task What_the_bucket_does_not_give_is_not_uploaded()
    {
        bucket.Put(Broken, RandomNumberGenerator.GetBytes(100));
        FailReadsOf(Broken, after: 0);

        var upload = new PlannedUpload(Broken, (await bucket.ListAsync("", null, Token).SingleAsync(Token)).ETag, 100);
        var receipt = await OneObject.MendAsync(
            bucket, Broken, () => UploadArtifacts.UploadAsync(bucket, new BuilderApiClient(new BuilderApiOptions(), host: null), upload, row: null, Token), Token);

        Assert.StartsWith($"{Broken}: DR4011: ", Assert.Single(receipt.First!), StringComparison.Ordinal);
        Assert.Equal(1, receipt.Failed);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(50)]
    public async Task A_plan_whose_lists_somebody_removed_or_a_disk_cut_is_to_be_made_anew(int left)
    {
        await PlanAsync(ObjectVerdict.Mismatch);
        var list = Assert.Single(vault.Blobs.Keys, path => path.StartsWith("batches/", StringComparison.Ordinal));
        await CutAsync(list, left);
        AssertIsLost(await Assert.ThrowsAsync<PermanentFaultException>(PutBackAsync));

        vault["batches/uploads.json"] = JsonSerializer.SerializeToUtf8Bytes<IReadOnlyList<PlannedUpload>>([new PlannedUpload(Good, "etag", 100)], CatalogJson.Options);
        await CutAsync("batches/uploads.json", left);
        AssertIsLost(await Assert.ThrowsAsync<PermanentFaultException>(UploadAsync));

        vault["batches/uploads.json"] = "[]"u8.ToArray();
        AssertIsLost(await Assert.ThrowsAsync<PermanentFaultException>(UploadAsync));
    }

    [Fact]
    public async Task What_a_second_try_mends_is_mended()
    {
        await PlanAsync(ObjectVerdict.Mismatch);
        var reads = 0;
        bucket.BeforeOpen = key =>
        {
            if (key == Broken && reads++ == 0)
            {
                throw ObjectStoreFaults.ServerError("bucket", 502, $"read '{key}'", "BadGateway");
            }
        };

        var receipt = await PutBackAsync();

        Assert.Equal((2, 0), (receipt.Done, receipt.Failed));
    }

    [Fact]
    public async Task A_bucket_that_does_not_answer_at_all_ends_the_step_and_is_tried_again_later()
    {
        await PlanAsync(ObjectVerdict.Mismatch);
        FailReadsOf(Broken, after: 0);
        bucket.Trouble = ObjectStoreFaults.ServerError("bucket", 502, "list the bucket", "BadGateway");

        Assert.Same(bucket.Trouble, await Assert.ThrowsAnyAsync<TransientFaultException>(PutBackAsync));
    }

    private static void AssertOneOfTwo(MendReceipt receipt)
    {
        Assert.Equal((1, 0, 1), (receipt.Done, receipt.Skipped, receipt.Failed));
        Assert.StartsWith($"{Broken}: DR4011: ", Assert.Single(receipt.First!), StringComparison.Ordinal);
    }

    private static void AssertIsLost(PermanentFaultException fault)
    {
        Assert.Equal("DR2221", fault.Code);
        Assert.Contains("'batches/'", fault.What, StringComparison.Ordinal);
        Assert.Contains("make a new plan", fault.Hint, StringComparison.Ordinal);
    }

    private async Task CutAsync(string path, int left)
    {
        if (left < 0)
        {
            Assert.True(await vault.DeleteAsync(path, Token));
        }
        else
        {
            vault[path] = vault[path][..left];
        }
    }

    private Task<MendReceipt> UploadAsync() =>
        new UploadArtifacts(new FakeSite { Bucket = bucket }, vault, TimeProvider.System, NullLogger<UploadArtifacts>.Instance)
            .RunAsync(new UploadOrder(Operation, MirrorRun.Site, "batches/", 0, 1), Runs, Token);

    /// <summary>Two objects that a set holds; then both are other ones, and a plan puts them back.</summary>
    private async Task PlanAsync(ObjectVerdict verdict)
    {
        foreach (var key in new[] { Broken, Good })
        {
            bucket.Put(key, RandomNumberGenerator.GetBytes(100));
        }

        var set = await new MirrorRun(vault, bucket, new MirrorOptions()).PassAsync(new MirrorOrder(MirrorRun.Site, Operation, MirrorPass.Warm, null, "inventory", null), Token);
        bucket.Put(Broken, "other"u8.ToArray());
        bucket.Put(Good, "other"u8.ToArray());
        var listed = await bucket.ListAsync("", null, Token).ToDictionaryAsync(entry => entry.Key, entry => entry.ETag, StringComparer.Ordinal, Token);
        var batches = new ArtifactBatches(vault, "batches/", new InventoryHeader(MirrorRun.Site, Operation), new RecoveryOptions());
        foreach (var entry in await MirrorRun.ReadAsync(vault, set.InventoryPath, Token))
        {
            await batches.AddAsync(entry with { ETag = listed[entry.Key], Verdict = verdict }, Token);
        }

        await batches.EndAsync(Token);
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
    }

    private void FailReadsOf(string broken, int after)
    {
        var reads = 0;
        bucket.BeforeOpen = key =>
        {
            if (key == broken && reads++ >= after)
            {
                throw ObjectStoreFaults.ServerError("bucket", 500, $"read '{key}'", "InternalError");
            }
        };
    }

    private Task<MendReceipt> PutBackAsync() =>
        new PutBackArtifacts(
            new FakeSite { Bucket = bucket }, new StoredArtifacts(vault), vault, Options.Create(new RecoveryOptions { Parallelism = 1 }), TimeProvider.System, NullLogger<PutBackArtifacts>.Instance)
            .RunAsync(new PutBackOrder(Operation, MirrorRun.Site, "batches/", 1), Runs, Token);
}
