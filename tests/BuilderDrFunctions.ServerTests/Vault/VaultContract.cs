using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Vault;

/// <summary>What every vault does, whatever it is made of. Each test has an empty vault of its own.</summary>
public abstract class VaultContract : IAsyncLifetime
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IVault Vault { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Vault = await OpenAsync();

    public virtual ValueTask DisposeAsync()
    {
        (Vault as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Opens the test's vault once more, as another process would.</summary>
    protected abstract Task<IVault> OpenAsync();

    [Fact]
    public async Task A_committed_blob_reads_back()
    {
        Assert.True(await Vault.TryCreateAsync("sets/one/manifest.json", "hello"u8.ToArray(), Token));

        Assert.Equal("hello", await ReadTextAsync("sets/one/manifest.json"));
        var entry = await Vault.FindAsync("sets/one/manifest.json", Token);
        Assert.NotNull(entry);
        Assert.Equal(("sets/one/manifest.json", 5L), (entry.Path, entry.Bytes));
        Assert.Equal(TimeSpan.Zero, entry.WrittenAt.Offset);
        Assert.Equal([entry], await Vault.ListAsync("", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        Assert.True(await Vault.TryCreateAsync("empty", ReadOnlyMemory<byte>.Empty, Token));

        Assert.Equal(0, (await Vault.FindAsync("empty", Token))?.Bytes);
        Assert.Equal("", await ReadTextAsync("empty"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9_000_000)]
    public async Task Leaves_nothing_visible_without_a_commit(int bytes)
    {
        await using (var writer = await Vault.CreateAsync("sets/one/dump", expectedBytes: null, Token))
        {
            await writer.Content.WriteAsync(new byte[bytes], Token);
            await AssertEmptyAsync();
        }

        await AssertEmptyAsync();

        async Task AssertEmptyAsync()
        {
            Assert.Null(await Vault.FindAsync("sets/one/dump", Token));
            Assert.Empty(await Vault.ListAsync("", Token).ToListAsync(Token));
            Assert.Empty(await Vault.ListFoldersAsync("", Token).ToListAsync(Token));
            await Assert.ThrowsAsync<PermanentFaultException>(() => Vault.OpenReadAsync("sets/one/dump", 0, Token));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9_000_000)]
    public async Task A_commit_leaves_an_existing_blob_as_it_was(int bytes)
    {
        await using var late = await Vault.CreateAsync("blob", bytes, Token);
        await late.Content.WriteAsync(new byte[bytes], Token);
        Assert.True(await Vault.TryCreateAsync("blob", "first"u8.ToArray(), Token));

        Assert.False(await late.CommitAsync(Token));

        Assert.Equal("first", await ReadTextAsync("blob"));
    }

    [Theory]
    [InlineData(20, 1_000)]
    [InlineData(4, 9_000_000)]
    public async Task Exactly_one_of_concurrent_creators_wins(int creators, int bytes)
    {
        var results = await Task.WhenAll(Enumerable.Range(1, creators).Select(async number =>
        {
            var vault = await OpenAsync();
            await using var writer = await vault.CreateAsync("lock/owner", expectedBytes: null, Token);
            await writer.Content.WriteAsync(Filled(bytes, (byte)number), Token);
            return (number, won: await writer.CommitAsync(Token));
        }));

        var winner = Assert.Single(results, result => result.won).number;
        Assert.Equal(Filled(bytes, (byte)winner), await ReadAsync("lock/owner"));

        static byte[] Filled(int bytes, byte value)
        {
            var content = new byte[bytes];
            Array.Fill(content, value);
            return content;
        }
    }

    [Fact]
    public async Task Every_byte_of_a_large_blob_written_in_odd_pieces_comes_back()
    {
        var content = RandomNumberGenerator.GetBytes(21_000_001);
        await using (var writer = await Vault.CreateAsync("large", expectedBytes: null, Token))
        {
            for (var (at, piece) = (0, 1); at < content.Length; at += piece, piece = Math.Min((piece * 3) + 1, 3_000_000))
            {
                await writer.Content.WriteAsync(content.AsMemory(at, Math.Min(piece, content.Length - at)), Token);
            }

            Assert.True(await writer.CommitAsync(Token));
        }

        await using var read = new DigestStream(await Vault.OpenReadAsync("large", 0, Token));
        await read.CopyToAsync(Stream.Null, Token);
        Assert.Equal((content.LongLength, Convert.ToHexStringLower(SHA256.HashData(content))), (read.Bytes, read.Sha256()));
        Assert.Equal(content[20_000_000..], await ReadAsync("large", 20_000_000));
    }

    [Fact]
    public async Task An_expected_size_is_a_hint_only()
    {
        foreach (var (path, expected) in new[] { ("few", 10L), ("many", 10_000L) })
        {
            await using var writer = await Vault.CreateAsync(path, expected, Token);
            await writer.Content.WriteAsync("hundred and one"u8.ToArray(), Token);
            Assert.True(await writer.CommitAsync(Token));
            Assert.Equal("hundred and one", await ReadTextAsync(path));
        }
    }

    [Fact]
    public async Task Reads_from_an_offset_up_to_the_end_and_not_beyond()
    {
        await Vault.TryCreateAsync("digits", "0123456789"u8.ToArray(), Token);

        Assert.Equal("789", Encoding.ASCII.GetString(await ReadAsync("digits", 7)));
        Assert.Empty(await ReadAsync("digits", 10));
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Vault.OpenReadAsync("digits", 11, Token));
        Assert.Equal("DR5016", fault.Code);
    }

    [Fact]
    public async Task What_is_missing_is_said_so()
    {
        Assert.Null(await Vault.FindAsync("no/such", Token));
        Assert.False(await Vault.DeleteAsync("no/such", Token));
        Assert.Null(await Vault.ReadSmallAsync("no/such", 100, Token));
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Vault.OpenReadAsync("no/such", 0, Token));
        Assert.Equal("DR5006", fault.Code);
        Assert.Contains("no/such", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_is_replaced_only_at_the_version_it_was_read_at()
    {
        var first = await Vault.TryReplaceAsync("state/doc", "a"u8.ToArray(), ifVersion: null, Token);
        Assert.NotNull(first);
        Assert.Null(await Vault.TryReplaceAsync("state/doc", "b"u8.ToArray(), ifVersion: null, Token));
        var second = await Vault.TryReplaceAsync("state/doc", "c"u8.ToArray(), first, Token);
        Assert.NotNull(second);
        Assert.Null(await Vault.TryReplaceAsync("state/doc", "d"u8.ToArray(), first, Token));

        Assert.Equal("c", await ReadTextAsync("state/doc"));
        Assert.Equal(second, (await Vault.FindAsync("state/doc", Token))?.Version);
        Assert.Null(await Vault.TryReplaceAsync("state/absent", "e"u8.ToArray(), second, Token));
        Assert.Null(await Vault.FindAsync("state/absent", Token));
    }

    [Fact]
    public async Task Replacements_in_quick_succession_have_versions_of_their_own()
    {
        var versions = new HashSet<string>(StringComparer.Ordinal);
        string? version = null;
        for (var i = 0; i < 50; i++)
        {
            version = await Vault.TryReplaceAsync("doc", "same"u8.ToArray(), version, Token);
            Assert.NotNull(version);
            Assert.True(versions.Add(version), "a version came twice");
        }
    }

    [Fact]
    public async Task No_increment_is_lost_when_many_replace_one_document()
    {
        await Vault.TryReplaceAsync("counter", "0"u8.ToArray(), ifVersion: null, Token);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var vault = await OpenAsync();
            for (var done = 0; done < 10;)
            {
                var document = await vault.ReadSmallAsync("counter", 20, Token);
                var next = int.Parse(Encoding.ASCII.GetString(document!.Content), CultureInfo.InvariantCulture) + 1;
                var content = Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture));
                done += await vault.TryReplaceAsync("counter", content, document.Version, Token) is null ? 0 : 1;
            }
        }));

        Assert.Equal("40", await ReadTextAsync("counter"));
    }

    [Fact]
    public async Task Lists_whole_paths_in_ordinal_order()
    {
        string[] paths = ["a", "a-b/c", "a.b", "a.b.c/x", "a0", "b/a", "b/a-/x", "b/a.txt", "b/a1/x", "b/aa", "b-/x", "B/x", "b=/x", "b@", "bb/x/y/z"];
        foreach (var path in paths.Reverse())
        {
            await Vault.TryCreateAsync(path, "x"u8.ToArray(), Token);
        }

        Assert.Equal(paths.Order(StringComparer.Ordinal), await PathsAsync(""), StringComparer.Ordinal);
        foreach (var prefix in (string[])["a", "a.", "b/", "b/a", "bb/x/y/", "bb/x/y/z", "c", "c/d/"])
        {
            Assert.Equal(paths.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal), await PathsAsync(prefix), StringComparer.Ordinal);
        }

        Assert.Equal(["B", "a-b", "a.b.c", "b-", "b", "b=", "bb"], await Vault.ListFoldersAsync("", Token).ToListAsync(Token));
        Assert.Equal(["a-", "a1"], await Vault.ListFoldersAsync("b/", Token).ToListAsync(Token));
        Assert.Empty(await Vault.ListFoldersAsync("none/", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Any_history_of_creations_and_deletions_is_listed_as_it_ended()
    {
        var segment = Gen.OneOf<string>("a", "a-", "a.b", "a1", "b", "ab");
        var path = segment.Array[1, 3].Select(segments => string.Join('/', segments));
        var step = Gen.Select(path, Gen.Bool.Select(Gen.Bool, (a, b) => a || b));
        var run = 0;
        await step.Array[1, 12].SampleAsync(async steps =>
        {
            var root = string.Create(CultureInfo.InvariantCulture, $"run{Interlocked.Increment(ref run)}/");
            var there = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var (name, create) in steps.Where(s => !there.Any(t => Clash(t, s.Item1))))
            {
                Assert.Equal(create ? !there.Contains(name) : there.Contains(name), create
                    ? await Vault.TryCreateAsync(root + name, "x"u8.ToArray(), Token)
                    : await Vault.DeleteAsync(root + name, Token));
                _ = create ? there.Add(name) : there.Remove(name);
            }

            Assert.Equal(there.Select(name => root + name), await PathsAsync(root), StringComparer.Ordinal);
            Assert.Equal(
                there.Where(name => name.Contains('/', StringComparison.Ordinal)).Select(name => name[..(name.IndexOf('/', StringComparison.Ordinal) + 1)])
                    .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => name[..^1]),
                await Vault.ListFoldersAsync(root, Token).ToListAsync(Token),
                StringComparer.Ordinal);
        }, iter: 15, threads: 1);

        // A folder cannot hold a file and a folder of one name; nothing in a vault has both.
        static bool Clash(string one, string other) =>
            one.StartsWith(other + "/", StringComparison.Ordinal) || other.StartsWith(one + "/", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/./x")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData(".staging/x")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a?b")]
    [InlineData("a%2e")]
    [InlineData("a\nb")]
    [InlineData("ä")]
    public async Task Refuses_a_path_that_would_not_mean_the_same_everywhere(string path)
    {
        foreach (var use in (Func<Task>[])
        [
            () => Vault.FindAsync(path, Token),
            () => Vault.OpenReadAsync(path, 0, Token),
            () => Vault.CreateAsync(path, null, Token),
            () => Vault.TryReplaceAsync(path, "x"u8.ToArray(), null, Token),
            () => Vault.DeleteAsync(path, Token),
        ])
        {
            Assert.Equal("DR5007", (await Assert.ThrowsAsync<PermanentFaultException>(use)).Code);
        }
    }

    [Fact]
    public async Task The_check_for_writability_leaves_nothing_behind()
    {
        await Vault.CheckWritableAsync(Token);

        Assert.Empty(await PathsAsync(""));
        Assert.Empty(await Vault.ListFoldersAsync("", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_document_larger_than_it_may_be_is_refused()
    {
        await Vault.TryCreateAsync("doc", new byte[101], Token);

        Assert.Equal(101, (await Vault.ReadSmallAsync("doc", 101, Token))?.Content.Length);
        Assert.Equal("DR5014", (await Assert.ThrowsAsync<PermanentFaultException>(() => Vault.ReadSmallAsync("doc", 100, Token))).Code);
    }

    [Fact]
    public async Task A_cancelled_upload_throws_and_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        await using (var writer = await Vault.CreateAsync("dump", null, Token))
        {
            await writer.Content.WriteAsync(new byte[6_000_000], Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.CommitAsync(cancel.Token));
        }

        Assert.Empty(await PathsAsync(""));
    }

    protected async Task<IReadOnlyList<string>> PathsAsync(string prefix) =>
        await Vault.ListAsync(prefix, Token).Select(entry => entry.Path).ToListAsync(Token);

    protected async Task<byte[]> ReadAsync(string path, long offset = 0)
    {
        await using var stream = await Vault.OpenReadAsync(path, offset, Token);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Token);
        return content.ToArray();
    }

    protected async Task<string> ReadTextAsync(string path) => Encoding.UTF8.GetString(await ReadAsync(path));
}
