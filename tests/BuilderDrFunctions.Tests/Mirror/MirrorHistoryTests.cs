using System.Security.Cryptography;
using System.Text;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Tests.Retention;
using CsCheck;
using Org.BouncyCastle.Crypto.Digests;
using Xunit;

namespace BuilderDrFunctions.Tests.Mirror;

public sealed class MirrorHistoryTests
{
    private static readonly MirrorOptions Small = new() { BatchObjects = 3, BatchBytes = 200, Parallelism = 2, ListRangeObjects = 2, ListParallelism = 3 };

    // Keys that sort differently as UTF-16 and as UTF-8, and ones that share prefixes.
    private static readonly string[] Keys =
        ["a/x.hart", "a/x-1.hart", "a//y", "a/\uE000", "a/\U0001F600", "a/\uFFFD.hart", "b/z.hart", "b/z", "core/1.hart", "core/2.hart", "core/2.hart2", "é/1.hart"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>One change of the bucket: a key gets content (a number), or goes.</summary>
    private sealed record Change(string Key, int? Content);

    /// <summary>
    /// What happens before the warm pass, between the passes before the dump, and behind the dump before the delta pass; whether another run was given up
    /// behind its warm pass before, so that no set names what it fetched; and how many sets stay when the others expire behind the backup (0: none expires).
    /// </summary>
    private sealed record Day(Change[] Before, Change[] Between, Change[] Late, bool Dies, int Keep);

    private static readonly Gen<Change[]> Changes =
        Gen.Select(Gen.Int[0, Keys.Length - 1], Gen.Int[-2, 4], static (key, content) => new Change(Keys[key], content < 0 ? null : content)).Array[0, 6];

    private static readonly Gen<Day[]> Histories = Gen.Select(
            Changes, Changes, Changes.Select(Fewer), Gen.Int[0, 3], Gen.Int[0, 3],
            static (before, between, late, dies, keep) => new Day(before, between, late, dies == 0, keep)).Array[1, 6];

    [Fact]
    public async Task Every_set_enumerates_exactly_as_the_bucket_was_before_and_after_any_expiry_that_keeps_it()
        => await Histories.SampleAsync(async history =>
        {
            var (vault, bucket) = (new MemoryVault(), new MemoryBucket());
            var sets = new List<(BackupLabel Label, MirrorReceipt Receipt, Dictionary<string, byte[]> Bucket, Dictionary<string, string> Rows)>();
            for (var day = 0; day < history.Length; day++)
            {
                var label = new BackupLabel($"202611{day + 10}T020000Z-nightly-1a2b");
                var newest = sets.Count == 0 ? null : sets[^1].Receipt.InventoryPath;
                Apply(bucket, history[day].Before);
                if (history[day].Dies)
                {
                    var dead = $"dead{day}";
                    await new MirrorRun(vault, bucket, Small).PassAsync(
                        new MirrorOrder(MirrorRun.Site, dead, MirrorPass.Warm, newest, MirrorPaths.WarmInventory(MirrorRun.Site, dead), null), Cancellation);
                }

                Dictionary<string, string> rows = new(StringComparer.Ordinal);
                var receipt = await new MirrorRun(vault, bucket, Small).BackupAsync(
                    label.Value,
                    newest,
                    async () =>
                    {
                        Apply(bucket, history[day].Between);
                        rows = RowsOf(bucket);
                        var path = $"rows-{day}";
                        await InventoryChecksums.WriteAsync(vault, path, Sorted(rows), Cancellation);
                        Apply(bucket, history[day].Late);
                        return path;
                    },
                    Cancellation);
                sets.Add((label, receipt, bucket.Contents, rows));
                await ExpireAsync(vault, label, receipt, history[day].Keep);
                sets.RemoveAll(set => !vault.Blobs.ContainsKey(SetPaths.Manifest(MirrorRun.Site, set.Label)));
                foreach (var (_, of, contents, then) in sets)
                {
                    await AssertIsAsync(vault, of, contents, then);
                }
            }

            if (history[^1].Keep > 0)
            {
                // Nothing is stored that no set needs.
                Assert.Equal(
                    (await Task.WhenAll(sets.Select(set => MirrorRun.ReadAsync(vault, set.Receipt.InventoryPath, Cancellation))))
                        .SelectMany(entries => entries).Select(entry => entry.Name).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
                    vault.Blobs.Keys.Where(path => path.StartsWith(ObjectVersion.FolderOf(MirrorRun.Site), StringComparison.Ordinal))
                        .Select(path => path[(path.LastIndexOf('/') + 1)..]).Order(StringComparer.Ordinal));
            }
        }, iter: 150);

    private static async Task ExpireAsync(MemoryVault vault, BackupLabel label, MirrorReceipt receipt, int keep)
    {
        var rules = new RetentionOptions { KeepLast = Math.Max(1, keep), Daily = 0, Weekly = 0, Monthly = 0, Yearly = 0, MinimumAge = TimeSpan.Zero, MinimumSets = 1 };
        var run = new ExpiryRun(vault, rules, TimeProvider.System) { MostNames = 3 };
        await run.CommitAsync(label, receipt, Cancellation);
        if (keep > 0)
        {
            await run.ExpireAsync(Cancellation);
        }
    }

    private static async Task AssertIsAsync(MemoryVault vault, MirrorReceipt receipt, Dictionary<string, byte[]> contents, Dictionary<string, string> rows)
    {
        var entries = await MirrorRun.ReadAsync(vault, receipt.InventoryPath, Cancellation);
        Assert.Equal(receipt.InventorySha256, Convert.ToHexStringLower(SHA256.HashData(vault[receipt.InventoryPath])));
        Assert.Equal([.. contents.Keys.Order(KeyOrderForTests)], [.. entries.Where(entry => entry.IsPresent).Select(entry => entry.Key)], StringComparer.Ordinal);
        Assert.Equal(contents.Count, receipt.Counts.Objects);
        foreach (var entry in entries.Where(entry => entry.Name is not null))
        {
            var stored = vault[ObjectVersion.PathOf(MirrorRun.Site, entry.Name!)];
            Assert.Equal(entry.Sha256, Convert.ToHexStringLower(SHA256.HashData(stored)));
            if (entry.IsPresent)
            {
                Assert.Equal(contents[entry.Key], stored);
            }
            else
            {
                // Kept although it is no longer in the bucket: because the dump names this very content.
                Assert.Equal(rows[entry.Key], Blake2b(stored));
            }
        }

        foreach (var entry in entries)
        {
            var expected = rows.GetValueOrDefault(entry.Key);
            Assert.Equal(
                entry.IsPresent ? (expected is null ? ObjectVerdict.Unlisted : expected == entry.Blake2b ? ObjectVerdict.Verified : ObjectVerdict.Mismatch) : entry.Verdict,
                entry.Verdict);
        }

        // Every row has a line: nothing the dump names is passed over in silence.
        Assert.Empty(rows.Keys.Except(entries.Select(entry => entry.Key), StringComparer.Ordinal));
    }

    private static IComparer<string> KeyOrderForTests { get; } =
        Comparer<string>.Create(static (x, y) => Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y)));

    private static Change[] Fewer(Change[] changes) => changes[..(changes.Length / 2)];

    private static void Apply(MemoryBucket bucket, Change[] changes)
    {
        foreach (var (key, content) in changes)
        {
            if (content is { } number)
            {
                // Two contents of each size: an overwritten object need not change its length.
                bucket.Put(key, Encoding.UTF8.GetBytes($"HART-1\ncore-2026\nBLAKE2b\nc2ln\n\n{number}{new string('x', number / 2 * 40)}"));
            }
            else
            {
                bucket.Remove(key);
            }
        }
    }

    private static Dictionary<string, string> RowsOf(MemoryBucket bucket)
        => bucket.Contents.Where(item => item.Key.EndsWith(".hart", StringComparison.Ordinal)).ToDictionary(item => item.Key, item => Blake2b(item.Value), StringComparer.Ordinal);

    private static IAsyncEnumerable<PackageChecksum> Sorted(Dictionary<string, string> rows)
        => rows.OrderBy(row => row.Key, KeyOrderForTests).Select(row => new PackageChecksum(row.Key, row.Value)).ToAsyncEnumerable();

    private static string Blake2b(byte[] content)
    {
        var digest = new Blake2bDigest(256);
        digest.BlockUpdate(content, 0, content.Length);
        var bytes = new byte[32];
        digest.DoFinal(bytes, 0);
        return Convert.ToHexStringLower(bytes);
    }
}
