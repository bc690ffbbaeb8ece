using System.Security.Cryptography;
using System.Text;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.FaultyS3;
using BuilderDrFunctions.Sandbox.Processes;
using Minio.DataModel.Args;
using Xunit;

namespace BuilderDrFunctions.ServerTests.ObjectStore;

/// <summary>The S3 client against Ceph's gateway, which checks signatures; the Minio client is the independent witness.</summary>
public sealed class S3ObjectStoreTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_every_page_in_binary_order_and_from_any_key_on()
    {
        var store = await OpenAsync();
        var keys = Enumerable.Range(0, 1203).Select(number => $"core/{number % 7}/{number:D5}").ToList();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (key, token) =>
            await store.PutAsync(key, new MemoryStream("x"u8.ToArray()), 1, token));
        keys.Sort(StringComparer.Ordinal);

        Assert.Equal(keys, await KeysAsync(store, "", null), StringComparer.Ordinal);
        Assert.Equal(keys.Skip(1100), await KeysAsync(store, "", keys[1099]), StringComparer.Ordinal);
        Assert.Equal(keys.Where(key => key.StartsWith("core/3/", StringComparison.Ordinal)), await KeysAsync(store, "core/3/", null), StringComparer.Ordinal);
        Assert.Equal(Enumerable.Range(0, 7).Select(folder => $"core/{folder}/"), await store.ListFoldersAsync("core/", Cancellation).ToListAsync(Cancellation), StringComparer.Ordinal);
        Assert.Equal(["core/"], await store.ListFoldersAsync("", Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Finds_what_another_client_put_with_its_size_ETag_and_time()
    {
        var (server, bucket) = (await servers.S3Async(), await servers.NewBucketAsync());
        using var witness = server.CreateClient();
        var content = Encoding.UTF8.GetBytes("by another client");
        await witness.PutObjectAsync(new PutObjectArgs().WithBucket(bucket).WithObject("a/b").WithStreamData(new MemoryStream(content)).WithObjectSize(content.Length), Cancellation);

        var entry = await OpenStore(bucket, await servers.S3Async()).ListAsync("", null, Cancellation).SingleAsync(Cancellation);

        var stat = await witness.StatObjectAsync(new StatObjectArgs().WithBucket(bucket).WithObject("a/b"), Cancellation);
        Assert.Equal(("a/b", (long)content.Length, stat.ETag), (entry.Key, entry.Bytes, entry.ETag));
        Assert.InRange((entry.ModifiedAt.UtcDateTime - stat.LastModified.ToUniversalTime()).TotalSeconds, -2, 2);
    }

    [Fact]
    public async Task Makes_a_bucket_that_is_not_there_and_leaves_one_that_is()
    {
        var server = await servers.S3Async();
        var store = OpenStore($"made-{Guid.NewGuid():N}", server);
        Assert.False(await store.ExistsAsync(Cancellation));

        await store.CreateAsync(Cancellation);

        Assert.True(await store.ExistsAsync(Cancellation));
        await store.PutAsync("kept", new MemoryStream("x"u8.ToArray()), 1, Cancellation);
        await store.CreateAsync(Cancellation);
        Assert.Equal(["kept"], await KeysAsync(store, "", null));
    }

    [Fact]
    public async Task Tells_why_a_bucket_cannot_be_looked_for_or_made()
    {
        var server = await servers.S3Async();
        using var closed = LoopbackPort.Reserve();
        var stranger = new S3ObjectStore(Options(server.Url, "any-bucket", "nobody", "wrong-secret-0123456789"), TimeProvider.System);
        var nobodyThere = new S3ObjectStore(Options($"http://127.0.0.1:{closed.Number}", "any-bucket", "a", "wrong-secret-0123456789"), TimeProvider.System);

        Assert.Equal("DR4004", (await Assert.ThrowsAnyAsync<FaultException>(() => stranger.ExistsAsync(Cancellation))).Code);
        Assert.Equal("DR4005", (await Assert.ThrowsAnyAsync<FaultException>(() => stranger.CreateAsync(Cancellation))).Code);
        Assert.Equal("DR4003", (await Assert.ThrowsAnyAsync<FaultException>(() => nobodyThere.ExistsAsync(Cancellation))).Code);
        Assert.Equal("DR4003", (await Assert.ThrowsAnyAsync<FaultException>(() => nobodyThere.CreateAsync(Cancellation))).Code);
    }

    [Theory]
    [InlineData("a//b")]
    [InlineData("a/./b/../c")]
    [InlineData("space and+plus%2Fpercent&amp=é/\U0001F600.hart")]
    [InlineData("?query#fragment")]
    public async Task Takes_a_key_as_it_is(string key)
    {
        var store = await OpenAsync();
        await store.PutAsync(key, new MemoryStream("content"u8.ToArray()), 7, Cancellation);
        Assert.Equal([key], await KeysAsync(store, "", null));
        Assert.Equal("content", Encoding.UTF8.GetString((await ReadAsync(store, key, null, 0))!));
        await store.DeleteAsync(key, Cancellation);
        await store.DeleteAsync(key, Cancellation);
        Assert.Empty(await KeysAsync(store, "", null));
    }

    [Fact]
    public async Task Reads_one_version_from_any_byte_on()
    {
        var store = await OpenAsync();
        await store.PutAsync("key", new MemoryStream("0123456789"u8.ToArray()), 10, Cancellation);
        var first = (await store.ListAsync("", null, Cancellation).SingleAsync(Cancellation)).ETag;
        Assert.Equal("0123456789", Encoding.UTF8.GetString((await ReadAsync(store, "key", first, 0))!));
        Assert.Equal("789", Encoding.UTF8.GetString((await ReadAsync(store, "key", first, 7))!));

        await store.PutAsync("key", new MemoryStream("other"u8.ToArray()), 5, Cancellation);
        Assert.Null(await ReadAsync(store, "key", first, 0));
        Assert.Equal("other", Encoding.UTF8.GetString((await ReadAsync(store, "key", null, 0))!));
        Assert.Null(await ReadAsync(store, "absent", null, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16 * 1024 * 1024)]
    [InlineData((37 * 1024 * 1024) + 5)]
    public async Task Puts_small_and_large_objects_whole(int bytes)
    {
        var store = await OpenAsync();
        var content = RandomNumberGenerator.GetBytes(bytes);
        await store.PutAsync("key", new MemoryStream(content), bytes, Cancellation);
        var read = await ReadAsync(store, "key", null, 0);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(read!));
    }

    [Fact]
    public async Task Takes_a_large_object_for_put_although_the_last_answer_was_lost()
    {
        var (server, bucket) = (await servers.S3Async(), await servers.NewBucketAsync());
        await using var proxy = await BusyProxy.StartNewAsync(new Uri(server.Url), Cancellation);
        proxy.Completions = CompletionLoss.Answer;
        var store = new S3ObjectStore(Options(proxy.Url, bucket, server.AccessKey, server.SecretKey), TimeProvider.System);
        var content = RandomNumberGenerator.GetBytes((17 * 1024 * 1024) + 5);

        await store.PutAsync("key", new MemoryStream(content), content.Length, Cancellation);

        Assert.Equal(2, proxy.Completed);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData((await ReadAsync(store, "key", null, 0))!));
    }

    [Fact]
    public async Task Lets_a_large_object_be_put_anew_whose_upload_was_lost()
    {
        var (server, bucket) = (await servers.S3Async(), await servers.NewBucketAsync());
        await using var proxy = await BusyProxy.StartNewAsync(new Uri(server.Url), Cancellation);
        var store = new S3ObjectStore(Options(proxy.Url, bucket, server.AccessKey, server.SecretKey), TimeProvider.System);
        var content = RandomNumberGenerator.GetBytes((17 * 1024 * 1024) + 5);
        // What another put there before is not taken for it.
        await store.PutAsync("key", new MemoryStream(new byte[content.Length]), content.Length, Cancellation);

        proxy.Completions = CompletionLoss.Upload;
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => store.PutAsync("key", new MemoryStream(content), content.Length, Cancellation));
        proxy.Completions = CompletionLoss.None;
        await store.PutAsync("key", new MemoryStream(content), content.Length, Cancellation);

        Assert.Equal("DR4011", fault.Code);
        Assert.Contains("NoSuchUpload", fault.Message, StringComparison.Ordinal);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData((await ReadAsync(store, "key", null, 0))!));
    }

    [Theory]
    [InlineData(10, 11)]
    [InlineData(11, 10)]
    [InlineData(20_000_000, 20_000_001)]
    [InlineData(20_000_001, 20_000_000)]
    public async Task Leaves_nothing_of_a_put_whose_content_is_not_as_long_as_announced(int bytes, int announced)
    {
        var store = await OpenAsync();
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => store.PutAsync("key", new MemoryStream(new byte[bytes]), announced, Cancellation));
        Assert.Equal("DR4019", fault.Code);
        Assert.Empty(await KeysAsync(store, "", null));
    }

    [Fact]
    public async Task Says_what_is_wrong_and_never_the_secret()
    {
        var (server, bucket) = (await servers.S3Async(), await servers.NewBucketAsync());
        using var closed = LoopbackPort.Reserve();
        var cases = new Dictionary<string, ArtifactsOptions>(StringComparer.Ordinal)
        {
            ["DR4003"] = Options($"http://127.0.0.1:{closed.Number}", bucket, server.AccessKey, server.SecretKey),
            ["DR4004"] = Options(server.Url, bucket, server.AccessKey, "wrong-secret-0123456789"),
            ["DR4006"] = Options(server.Url, "no-such-bucket", server.AccessKey, server.SecretKey),
        };
        foreach (var (code, options) in cases)
        {
            var fault = await Assert.ThrowsAnyAsync<FaultException>(() => new S3ObjectStore(options, TimeProvider.System).CheckAsync(Cancellation));
            Assert.Equal(code, fault.Code);
            Assert.Null(fault.InnerException);
            Assert.DoesNotContain(options.SecretKey, fault.Message, StringComparison.Ordinal);
        }

        var unknown = Options(server.Url, bucket, "nobody", "wrong-secret-0123456789");
        Assert.Equal("DR4004", (await Assert.ThrowsAsync<PermanentFaultException>(() => new S3ObjectStore(unknown, TimeProvider.System).CheckAsync(Cancellation))).Code);
        var read = await Assert.ThrowsAsync<PermanentFaultException>(
            () => ReadAsync(new S3ObjectStore(cases["DR4006"], TimeProvider.System), "key", null, 0));
        Assert.Equal("DR4006", read.Code);
    }

    [Fact]
    public async Task Tells_a_clock_that_is_wrong_and_what_the_service_takes_from_nobody()
    {
        var (server, bucket) = (await servers.S3Async(), await servers.NewBucketAsync());
        var late = new S3ObjectStore(Options(server.Url, bucket, server.AccessKey, server.SecretKey), new Late(TimeSpan.FromMinutes(16)));

        var skew = await Assert.ThrowsAsync<PermanentFaultException>(() => late.CheckAsync(Cancellation));
        var refused = await Assert.ThrowsAsync<PermanentFaultException>(
            () => OpenStore(bucket, server).PutAsync(new string('k', 1025), new MemoryStream("x"u8.ToArray()), 1, Cancellation));

        Assert.Equal(("DR4016", "DR4017"), (skew.Code, refused.Code));
        Assert.Contains("NTP", skew.Hint, StringComparison.Ordinal);
        Assert.Contains("HTTP 400 ", refused.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://host", "bucket", "DR4001")]
    [InlineData("http://user:secret@host", "bucket", "DR4001")]
    [InlineData("http://host/path", "bucket", "DR4001")]
    [InlineData("http://host:port", "bucket", "DR4001")]
    [InlineData("host:9000", "", "DR4002")]
    [InlineData("host:9000", "a/b", "DR4002")]
    public void Refuses_settings_that_cannot_be_right(string endpoint, string bucket, string code)
    {
        var fault = Assert.Throws<PermanentFaultException>(() => new S3ObjectStore(Options(endpoint, bucket, "key", "secret"), TimeProvider.System));
        Assert.Equal(code, fault.Code);
        Assert.DoesNotContain("secret", fault.What, StringComparison.Ordinal);
    }

    internal static S3ObjectStore OpenStore(string bucket, Sandbox.Servers.S3Server server)
        => new(Options(server.Url, bucket, server.AccessKey, server.SecretKey), TimeProvider.System);

    private static ArtifactsOptions Options(string endpoint, string bucket, string accessKey, string secretKey)
        => new() { Endpoint = endpoint, Bucket = bucket, AccessKey = accessKey, SecretKey = secretKey, RetryAttempts = 2, RetryMilliseconds = 10 };

    private async Task<S3ObjectStore> OpenAsync() => OpenStore(await servers.NewBucketAsync(), await servers.S3Async());

    private static async Task<List<string>> KeysAsync(S3ObjectStore store, string prefix, string? startAfter)
        => await store.ListAsync(prefix, startAfter, Cancellation).Select(entry => entry.Key).ToListAsync(Cancellation);

    private static async Task<byte[]?> ReadAsync(S3ObjectStore store, string key, string? ifETag, long offset)
    {
        await using var body = await store.OpenReadAsync(key, ifETag, offset, Cancellation);
        if (body is null)
        {
            return null;
        }

        using var content = new MemoryStream();
        await body.Content.CopyToAsync(content, Cancellation);
        Assert.Equal(body.Bytes, offset + content.Length);
        return content.ToArray();
    }

    /// <summary>A clock that is slow.</summary>
    private sealed class Late(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - by;
    }
}
