using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Sandbox.FaultyS3;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Mirror;

/// <summary>The mirror from an endpoint that fails at random into a real folder.</summary>
public sealed class MirrorFaultTests(Servers servers)
{
    private static readonly MirrorOptions Options = new() { BatchObjects = 40, Window = 3, Parallelism = 12, ListRangeObjects = 100 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Has_every_byte_right_although_one_request_in_ten_fails()
    {
        var objects = new GeneratedBucket(400, static number => (number * 997) % 200_000) { HasMd5ETags = true };
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, Cancellation);
        server.Faults = new FaultPlan(0.1, seed: 2026, FaultPlan.AllKinds);
        using var folder = new TemporaryFolder("vault");
        var vault = Vault(folder);
        var passes = new MirrorPasses(vault, Store(server), Options, attempts: 5);

        var first = await passes.RunAsync(MirrorPasses.Order("op1", null), Cancellation);
        await AssertHoldsAsync(vault, first, objects);

        foreach (var number in new[] { 1, 17, 399 })
        {
            objects.Overwrite(number);
        }

        var second = await passes.RunAsync(MirrorPasses.Order("op2", first.InventoryPath), Cancellation);
        await AssertHoldsAsync(vault, second, objects);
        Assert.InRange(second.Transfer.Objects, 3, 50);
        Assert.True(server.Faults.Drawn > 40, $"only {server.Faults.Drawn} faults were drawn");
    }

    [Fact]
    public async Task Has_every_byte_right_although_the_vault_throttles_and_cuts_one_request_in_ten()
    {
        var objects = new GeneratedBucket(60, static number => number == 7 ? 9_000_000 : number * 100);
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, Cancellation);
        var azurite = await servers.AzuriteAsync();
        await using var proxy = await BusyProxy.StartNewAsync(new Uri(azurite.BlobUrl), Cancellation);
        var container = new Uri(await servers.NewContainerAsync()).AbsolutePath;
        var vault = VaultFactory.Create(new VaultOptions { Url = proxy.Url + container, AccountKey = azurite.AccountKey }, TimeProvider.System);
        proxy.Faults = new FaultPlan(0.1, seed: 5, S3Fault.Busy503, S3Fault.Cut);
        var receipt = await new MirrorPasses(vault, Store(server), Options, attempts: 5).RunAsync(MirrorPasses.Order("op1", null), Cancellation);
        await AssertHoldsAsync(vault, receipt, objects);
        Assert.True(proxy.Faults.Drawn > 8, $"only {proxy.Faults.Drawn} faults were drawn");
    }

    [Fact]
    public async Task Takes_every_other_object_where_MinIO_cannot_read_one_and_a_repair_names_that_one()
    {
        var objects = new GeneratedBucket(30, static number => 100 + number) { HasMd5ETags = true };
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, Cancellation);
        server.Unreadable[7] = ("SlowDownRead", "Resource requested is unreadable, please reduce your request rate");
        using var folder = new TemporaryFolder("vault");
        var vault = Vault(folder);
        // What the orchestrator's retry policy allows.
        var passes = new MirrorPasses(vault, Store(server), new MirrorOptions { BatchObjects = 10 }, Retries.TransientAttempts);

        var receipt = await passes.RunAsync(MirrorPasses.Order("op1", null) with { Pass = MirrorPass.Warm }, Cancellation);

        var entries = await MirrorPasses.ReadAsync(vault, receipt, Cancellation);
        Assert.Equal(1, receipt.Counts.Unreadable);
        Assert.Equal(ObjectVerdict.Unreadable, entries[7].Verdict);
        Assert.Equal(objects.Count - 1, entries.Count(entry => entry.Name is not null));
        var rows = entries.Select(entry => new PackageChecksum(entry.Key, entry.Blake2b ?? new string('0', 64)));
        var findings = await new LiveArtifacts(Store(server), parallelism: 4)
            .FindAsync(rows.ToAsyncEnumerable(), entries.ToAsyncEnumerable(), Cancellation).ToListAsync(Cancellation);
        Assert.Equal([(GeneratedBucket.KeyOf(7), ArtifactState.Unreadable)], findings.Select(finding => (finding.Key, finding.State)));
    }

    [Fact]
    public async Task Keeps_to_the_bandwidth_set()
    {
        var objects = new GeneratedBucket(20, static _ => 100_000);
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, Cancellation);
        using var folder = new TemporaryFolder("vault");
        var limited = new MirrorOptions { MaxBytesPerSecond = 2_000_000 };
        var begin = TimeProvider.System.GetTimestamp();
        await new MirrorPasses(Vault(folder), Store(server), limited).RunAsync(MirrorPasses.Order("op1", null), Cancellation);
        // 2 MB at 2 MB/s, less the burst of a tenth of a second.
        Assert.True(TimeProvider.System.GetElapsedTime(begin) > TimeSpan.FromSeconds(0.85));
    }

    private static async Task AssertHoldsAsync(IVault vault, MirrorReceipt receipt, GeneratedBucket objects)
    {
        Assert.Equal(objects.Count, receipt.Counts.Objects);
        Assert.Equal(0, receipt.Counts.Unreadable);
        var entries = await MirrorPasses.ReadAsync(vault, receipt, Cancellation);
        for (var number = 0; number < objects.Count; number++)
        {
            Assert.Equal(GeneratedBucket.KeyOf(number), entries[number].Key);
            Assert.Equal(objects.ETagOf(number), entries[number].ETag);
            await using var stored = await vault.OpenReadAsync(ObjectVersion.PathOf(MirrorPasses.Site, entries[number].Name!), 0, Cancellation);
            using var content = new MemoryStream();
            await stored.CopyToAsync(content, Cancellation);
            Assert.True(content.ToArray().AsSpan().SequenceEqual(objects.ContentOf(number)), $"object {number} differs");
        }
    }

    private static IVault Vault(TemporaryFolder folder)
        => VaultFactory.Create(new VaultOptions { Url = new Uri(folder.FullPath + "/").AbsoluteUri }, TimeProvider.System);

    private static S3ObjectStore Store(FaultyS3Server server)
        => new(
            new ArtifactsOptions
            {
                Endpoint = server.Url,
                Bucket = FaultyS3Server.Bucket,
                AccessKey = "key",
                SecretKey = "secret",
                SilenceSeconds = 1,
                RetryAttempts = 6,
                RetryMilliseconds = 5,
            },
            TimeProvider.System);
}
