using System.Text;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Tests.Mirror;
using CsCheck;
using Xunit;
using ZstdSharp;

namespace BuilderDrFunctions.Tests.Catalog;

public sealed class InventoryTests
{
    private const string Path = "inventory";

    private static readonly Gen<InventoryEntry> Entries =
        from key in Gen.String[Gen.Char.AlphaNumeric, 1, 30]
        from bytes in Gen.Long[0, 1L << 40]
        from tag in Gen.String[Gen.Char.AlphaNumeric, 0, 32]
        from seconds in Gen.Int[0, 2_000_000_000]
        from verdict in Gen.Enum<ObjectVerdict>()
        from name in Gen.String[Gen.Char.AlphaNumeric, 1, 64].Null()
        from signer in Gen.String[Gen.Char.AlphaNumeric, 1, 10].Null()
        select new InventoryEntry(key, bytes, tag, DateTimeOffset.UnixEpoch.AddSeconds(seconds), verdict) { Name = name, Sha256 = name, Blake2b = signer, Signer = signer };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_what_was_written()
        => await Entries.Array[0, 40].SampleAsync(async drawn =>
        {
            var entries = Sorted(drawn);
            var vault = new MemoryVault();
            var sha256 = await WriteAsync(vault, entries);
            await using var reader = await InventoryReader.OpenAsync(vault, Path, sha256, Cancellation);
            Assert.Equal(new InventoryHeader("main", "op"), reader.Header);
            Assert.Equal(entries, await reader.ReadAsync(Cancellation).ToListAsync(Cancellation));
            Assert.Equal(sha256, reader.Sha256);
            Assert.Equal(entries.Aggregate(new InventoryCounts(), static (counts, entry) => counts.With(entry)), reader.Counts);
        }, iter: 200);

    [Fact]
    public async Task Finds_any_flipped_byte()
    {
        var vault = new MemoryVault();
        var sha256 = await WriteAsync(vault, Some(500));
        var whole = vault[Path];
        for (var at = 0; at < whole.Length; at += Math.Max(1, whole.Length / 400))
        {
            var changed = whole.ToArray();
            changed[at] ^= 0x10;
            vault[Path] = changed;
            await Assert.ThrowsAsync<PermanentFaultException>(() => ReadAllAsync(vault, sha256));
        }
    }

    [Fact]
    public async Task Finds_any_cut_even_without_the_manifest()
    {
        var vault = new MemoryVault();
        await WriteAsync(vault, Some(500));
        var whole = vault[Path];
        for (var length = 0; length < whole.Length; length += Math.Max(1, whole.Length / 200))
        {
            vault[Path] = whole[..length];
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => ReadAllAsync(vault, expectedSha256: null));
            Assert.Equal("DR2102", fault.Code);
        }
    }

    [Theory]
    [InlineData("{\"format\":\"builder-dr-inventory\",\"version\":2}\n{\"end\":0}\n", "DR2101")]
    [InlineData("{\"format\":\"another\",\"version\":1}\n{\"end\":0}\n", "DR2101")]
    [InlineData("{\"version\":1}\n{\"end\":0}\n", "DR2102")]
    [InlineData("{\"format\":\"builder-dr-inventory\",\"version\":1}\n{\"end\":1}\n", "DR2102")]
    [InlineData("{\"format\":\"builder-dr-inventory\",\"version\":1}\n{\"key\":\"a\"}\n{\"end\":1}\n", "DR2102")]
    [InlineData("{\"format\":\"builder-dr-inventory\",\"version\":1}\n{\"end\":0}\n{\"end\":0}\n", "DR2102")]
    [InlineData("", "DR2102")]
    public async Task Refuses_what_is_no_inventory_of_this_version(string text, string code)
    {
        using var compressor = new Compressor();
        var vault = new MemoryVault { [Path] = compressor.Wrap(Encoding.UTF8.GetBytes(text)).ToArray() };
        Assert.Equal(code, (await Assert.ThrowsAsync<PermanentFaultException>(() => ReadAllAsync(vault, expectedSha256: null))).Code);
    }

    [Fact]
    public async Task Refuses_another_whole_inventory_in_its_place()
    {
        var (vault, other) = (new MemoryVault(), new MemoryVault());
        var expected = await WriteAsync(vault, Some(3));
        var found = await WriteAsync(other, Some(2));
        vault[Path] = other[Path];

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => ReadAllAsync(vault, expected));

        Assert.Equal("DR2104", fault.Code);
        Assert.Contains($"has SHA-256 {found} and not {expected}", fault.What, StringComparison.Ordinal);
        await using var reader = await InventoryReader.OpenAsync(vault, Path, expected, Cancellation);
        Assert.Equal("DR2104", (await Assert.ThrowsAsync<PermanentFaultException>(() => reader.CheckAsync(Cancellation))).Code);
    }

    [Fact]
    public async Task Refuses_keys_out_of_order()
    {
        var entries = Some(2);
        entries.Reverse();
        Assert.Equal("DR2103", (await Assert.ThrowsAsync<PermanentFaultException>(() => WriteAsync(new MemoryVault(), entries))).Code);
    }

    [Fact]
    public async Task Leaves_an_inventory_that_is_already_there()
    {
        var vault = new MemoryVault();
        await WriteAsync(vault, Some(2));
        var first = vault[Path];
        await using (var second = await InventoryWriter.CreateAsync(vault, Path, new InventoryHeader("main", "other"), Cancellation))
        {
            Assert.False((await second.CommitAsync(Cancellation)).Committed);
        }

        Assert.Same(first, vault[Path]);
    }

    [Fact]
    public void Orders_keys_as_their_utf8_bytes()
        => Gen.Select(Gen.String, Gen.String).Sample(static (x, y) =>
        {
            if (IsText(x) && IsText(y))
            {
                Assert.Equal(Math.Sign(Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y))), Math.Sign(KeyOrder.Compare(x, y)));
            }
        });

    private static bool IsText(string text) => string.Equals(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)), text, StringComparison.Ordinal);

    private static List<InventoryEntry> Sorted(InventoryEntry[] drawn)
        => [.. drawn.DistinctBy(entry => entry.Key, StringComparer.Ordinal).OrderBy(entry => entry.Key, KeyOrder.Instance)];

    private static List<InventoryEntry> Some(int count)
        => [.. Enumerable.Range(0, count).Select(number => new InventoryEntry($"key-{number:D6}", number, "tag", DateTimeOffset.UnixEpoch, ObjectVerdict.Verified)
        {
            Name = ObjectVersion.NameOf($"key-{number:D6}", "tag", number),
        })];

    private static async Task<string> WriteAsync(MemoryVault vault, IEnumerable<InventoryEntry> entries)
    {
        await using var writer = await InventoryWriter.CreateAsync(vault, Path, new InventoryHeader("main", "op"), Cancellation);
        foreach (var entry in entries)
        {
            await writer.WriteAsync(entry, Cancellation);
        }

        var (committed, sha256) = await writer.CommitAsync(Cancellation);
        Assert.True(committed);
        return sha256;
    }

    private static async Task ReadAllAsync(MemoryVault vault, string? expectedSha256)
    {
        await using var reader = await InventoryReader.OpenAsync(vault, Path, expectedSha256, Cancellation);
        await foreach (var entry in reader.ReadAsync(Cancellation))
        {
            Assert.NotEmpty(entry.Key);
        }
    }
}
