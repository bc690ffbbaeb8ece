using System.Security.Cryptography;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.Tests.Restore;

public sealed class CopyArtifactsTests
{
    private const string Operation = "restore-20261122T120000Z-main-1a2b";
    private const string Same = "core/same.hart";
    private const string Damaged = "core/damaged.hart";

    private readonly MemoryVault vault = new();
    private readonly MemoryBucket bucket = new();
    private FakeRuns Runs { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_that_the_bucket_lists_and_does_not_give_is_written_anew()
    {
        var folder = await BackUpAsync();
        bucket.BeforeOpen = key => ThrowFor(key, ObjectStoreFaults.ServerError("bucket", 500, $"read '{key}'", "InternalError"));

        var receipt = await CopyAsync(folder);

        Assert.Equal((2, 1, 1, 0), (receipt.Objects, receipt.Same, receipt.Copied, receipt.Lost));
        bucket.BeforeOpen = null;
        await using var body = await bucket.OpenReadAsync(Damaged, null, 0, Token);
        Assert.Equal(100, body!.Bytes);
    }

    [Fact]
    public async Task A_bucket_that_cannot_be_reached_is_no_reason_to_overwrite_what_is_in_it()
    {
        var folder = await BackUpAsync();
        bucket.BeforeOpen = key => ThrowFor(key, ObjectStoreFaults.Unreachable("bucket", "connection refused"));

        Assert.Equal("DR4003", (await Assert.ThrowsAsync<TransientFaultException>(() => CopyAsync(folder))).Code);
    }

    /// <summary>Two objects in a batch, which by their ETags are other ones than the set holds.</summary>
    private async Task<string> BackUpAsync()
    {
        foreach (var key in new[] { Damaged, Same })
        {
            bucket.Put(key, RandomNumberGenerator.GetBytes(100));
        }

        var set = await new MirrorRun(vault, bucket, new MirrorOptions()).PassAsync(new MirrorOrder(MirrorRun.Site, Operation, MirrorPass.Warm, null, "inventory", null), Token);
        bucket.FalseETags.UnionWith([Damaged, Same]);
        var listed = await bucket.ListAsync("", null, Token).ToDictionaryAsync(entry => entry.Key, entry => entry.ETag, StringComparer.Ordinal, Token);
        var batches = new ArtifactBatches(vault, "batches/", new InventoryHeader(MirrorRun.Site, Operation), new RecoveryOptions());
        foreach (var entry in await MirrorRun.ReadAsync(vault, set.InventoryPath, Token))
        {
            await batches.AddAsync(entry with { ETag = listed[entry.Key] }, Token);
        }

        await batches.EndAsync(Token);
        Runs.Put(Operation, Watched.Start, OrchestrationRuntimeStatus.Running);
        return "batches/";
    }

    private static void ThrowFor(string key, FaultException fault)
    {
        if (key == Damaged)
        {
            throw fault;
        }
    }

    private Task<CopyReceipt> CopyAsync(string folder) =>
        new CopyArtifacts(
            new FakeSite { Bucket = bucket }, new StoredArtifacts(vault), vault, Options.Create(new RecoveryOptions { Parallelism = 1 }), TimeProvider.System, NullLogger<CopyArtifacts>.Instance)
            .RunAsync(new CopyOrder(Operation, MirrorRun.Site, MirrorRun.Site, folder, 1, ""), Runs, Token);
}
