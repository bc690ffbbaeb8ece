using System.Security.Cryptography;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Tests.Mirror;
using Org.BouncyCastle.Crypto.Digests;
using Xunit;

namespace BuilderDrFunctions.Tests.Repair;

public sealed class LiveArtifactsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finds_an_object_that_is_listed_as_it_was_and_can_no_longer_be_read()
    {
        var bucket = new MemoryBucket();
        foreach (var number in Enumerable.Range(0, 40))
        {
            bucket.Put(KeyOf(number), RandomNumberGenerator.GetBytes(100 + number));
        }

        var vault = new MemoryVault();
        var set = await new MirrorRun(vault, bucket, new MirrorOptions()).PassAsync(
            new MirrorOrder(MirrorRun.Site, "op1", MirrorPass.Warm, null, "inventory", null), Token);
        var inventory = await MirrorRun.ReadAsync(vault, set.InventoryPath, Token);
        var rows = bucket.Contents.Select(item => new PackageChecksum(item.Key, Blake2b(item.Value))).OrderBy(row => row.Key, KeyOrder.Instance).ToList();
        bucket.BeforeOpen = key =>
        {
            if (key == KeyOf(7) || key == KeyOf(31))
            {
                throw ObjectStoreFaults.ServerError("bucket", 500, $"read '{key}'", "InternalError");
            }
        };
        bucket.Remove(KeyOf(20));

        var live = new LiveArtifacts(bucket, parallelism: 4);
        var findings = await live.FindAsync(rows.ToAsyncEnumerable(), inventory.ToAsyncEnumerable(), Token).ToListAsync(Token);

        Assert.Equal(
            [(KeyOf(7), ArtifactState.Unreadable), (KeyOf(20), ArtifactState.Missing), (KeyOf(31), ArtifactState.Unreadable)],
            findings.Select(finding => (finding.Key, finding.State)));
        Assert.Equal(37, live.NotRead);
    }

    private static string KeyOf(int number) => $"core/tool{number:D2}/1.0/20260101000000/x86_64/linux/core-tool{number:D2}-1.0-20260101000000-x86_64-linux.hart";

    private static string Blake2b(byte[] content)
    {
        var digest = new Blake2bDigest(256);
        digest.BlockUpdate(content);
        var hash = new byte[32];
        digest.DoFinal(hash);
        return Convert.ToHexStringLower(hash);
    }
}
