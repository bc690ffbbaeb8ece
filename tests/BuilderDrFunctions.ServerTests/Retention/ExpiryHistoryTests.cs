using System.Security.Cryptography;
using System.Text;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Mirror;
using BuilderDrFunctions.ServerTests.ObjectStore;
using BuilderDrFunctions.Vault;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Retention;

/// <summary>Random histories of a bucket in Ceph's gateway, mirrored into a real folder, with sets that expire on the way.</summary>
public sealed class ExpiryHistoryTests(Servers servers)
{
    private static readonly MirrorOptions Small = new() { BatchObjects = 3, ListRangeObjects = 2, ListParallelism = 2 };
    private static readonly string[] Keys = ["a/x.hart", "a/x-1.hart", "a/ü", "b/z", "core/1.hart", "core/2.hart"];

    private static readonly Gen<(int Key, int Content)[]> Changes = Gen.Select(Gen.Int[0, Keys.Length - 1], Gen.Int[-2, 4]).Array[1, 5];

    private static readonly Gen<((int Key, int Content)[] Changes, int Keep)[]> Histories = Gen.Select(Changes, Gen.Int[0, 2]).Array[2, 5];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_set_enumerates_exactly_as_the_bucket_was_as_long_as_it_is_kept() =>
        await Histories.SampleAsync(
            async history =>
            {
                using var folder = new TemporaryFolder("vault");
                var vault = VaultFactory.Create(new VaultOptions { Url = $"file://{folder["vault"]}" }, TimeProvider.System);
                var bucket = S3ObjectStoreTests.OpenStore(await servers.NewBucketAsync(), await servers.S3Async());
                var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
                var sets = new List<(MirrorReceipt Receipt, BackupLabel Label, Dictionary<string, byte[]> Bucket)>();
                for (var day = 0; day < history.Length; day++)
                {
                    await ApplyAsync(bucket, contents, history[day].Changes);
                    var label = new BackupLabel($"202611{day + 10}T020000Z-nightly-1a2b");
                    var receipt = await new MirrorPasses(vault, bucket, Small).RunAsync(
                        MirrorPasses.Order(label.Value, sets.Count == 0 ? null : sets[^1].Receipt.InventoryPath), Cancellation);
                    sets.Add((receipt, label, new Dictionary<string, byte[]>(contents, StringComparer.Ordinal)));
                    await CommitAsync(vault, label, receipt);
                    if (history[day].Keep > 0)
                    {
                        var kept = await ExpireAsync(vault, history[day].Keep);
                        sets.RemoveAll(set => !kept.Contains(set.Label.Value));
                    }

                    foreach (var set in sets)
                    {
                        await AssertIsAsync(vault, set.Receipt, set.Bucket);
                    }
                }
            },
            iter: 6,
            threads: 1);

    private static async Task ApplyAsync(S3ObjectStore bucket, Dictionary<string, byte[]> contents, (int Key, int Content)[] changes)
    {
        foreach (var (number, content) in changes)
        {
            var key = Keys[number];
            if (content < 0)
            {
                await bucket.DeleteAsync(key, Cancellation);
                contents.Remove(key);
                continue;
            }

            contents[key] = Encoding.UTF8.GetBytes($"{content}{new string('x', content / 2 * 40)}");
            using var stream = new MemoryStream(contents[key]);
            await bucket.PutAsync(key, stream, stream.Length, Cancellation);
        }
    }

    private static Task CommitAsync(IVault vault, BackupLabel label, MirrorReceipt mirror) => new SetCatalog(vault).CommitAsync(
        new BackupManifest(
            BackupManifest.CurrentFormat, label.Value, MirrorPasses.Site, $"backup-{label}", label.At, label.At, label.At, new ApiRecord(false, 0, null), [],
            new ArtifactsRecord("inventory.jsonl.zst", mirror.Counts.Objects, mirror.Counts.Bytes, 0, 0, mirror.Counts), null, [],
            [new SetFile("inventory.jsonl.zst", mirror.InventoryBytes, mirror.InventorySha256)]),
        Cancellation);

    private static async Task<HashSet<string>> ExpireAsync(IVault vault, int keep)
    {
        var rules = new RetentionOptions
        {
            KeepLast = keep,
            Daily = 0,
            Weekly = 0,
            Monthly = 0,
            Yearly = 0,
            MinimumAge = TimeSpan.Zero,
            MinimumSets = 1,
            Grace = TimeSpan.Zero,
        };
        var (catalog, holds) = (new SetCatalog(vault), new SetHolds(vault));
        var plan = await new SetSurvey(vault, catalog, new VerifyVerdicts(vault), holds, rules, TimeProvider.System).PlanAsync(MirrorPasses.Site, Cancellation);
        foreach (var set in plan.Sets.Where(set => set.Expires))
        {
            var remover = new SetRemover(vault, catalog, holds, new SetUses(vault, holds, TimeProvider.System), TimeProvider.System);
            Assert.True((await remover.RemoveAsync(
                MirrorPasses.Site, new BackupLabel(set.Label), isLeftover: false, static (_, _) => Task.FromResult<bool?>(false), Cancellation)).Removed);
        }

        var kept = plan.Sets.Where(set => !set.Expires).Select(set => set.Label).ToHashSet(StringComparer.Ordinal);
        var names = new NameLists(vault, catalog);
        var folder = $"sites/{MirrorPasses.Site}/runs/expire-{Guid.NewGuid():N}/";
        var paths = await names.WriteAsync(MirrorPasses.Site, kept.Select(label => new BackupLabel(label)), folder, Cancellation);
        var garbage = new Garbage(vault, names, rules, TimeProvider.System);
        var found = await garbage.FindAsync(MirrorPasses.Site, paths, folder, progress: null, Cancellation);
        for (var batch = 1; batch <= found.Batches; batch++)
        {
            Assert.Equal(0, (await garbage.RemoveAsync(MirrorPasses.Site, folder, batch, Cancellation)).Refused);
        }

        return kept;
    }

    private static async Task AssertIsAsync(IVault vault, MirrorReceipt receipt, Dictionary<string, byte[]> contents)
    {
        var present = (await MirrorPasses.ReadAsync(vault, receipt, Cancellation)).Where(entry => entry.IsPresent).ToList();
        Assert.Equal(contents.Keys.Order(StringComparer.Ordinal), present.Select(entry => entry.Key).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var entry in present)
        {
            await using var stored = await vault.OpenReadAsync(ObjectVersion.PathOf(MirrorPasses.Site, entry.Name!), 0, Cancellation);
            using var content = new MemoryStream();
            await stored.CopyToAsync(content, Cancellation);
            Assert.Equal(contents[entry.Key], content.ToArray());
            Assert.Equal(entry.Sha256, Convert.ToHexStringLower(SHA256.HashData(content.ToArray())));
        }
    }
}
