using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using BuilderDrFunctions.ObjectStore;

namespace BuilderDrFunctions.Tests.Mirror;

/// <summary>A bucket in memory, for logic that needs no server. Counts what is fetched.</summary>
internal sealed class MemoryBucket : IObjectStore
{
    private readonly SortedDictionary<string, (byte[] Content, string ETag)> _objects = new(KeyOrder.Instance);

    public string Description => "memory bucket";

    public ConcurrentDictionary<string, int> Fetches { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, byte[]> Contents => _objects.ToDictionary(item => item.Key, item => item.Value.Content, StringComparer.Ordinal);

    /// <summary>Keys whose ETag looks like an MD5 and is none.</summary>
    public HashSet<string> FalseETags { get; } = new(StringComparer.Ordinal);

    /// <summary>It says of these objects that their ETag is none, as S3 does of those that a key service encrypts.</summary>
    public bool TellsFalseETags { get; set; }

    /// <summary>How many of the next reads of a key have a wrong byte, each another one.</summary>
    public ConcurrentDictionary<string, int> DamagedReads { get; } = new(StringComparer.Ordinal);

    /// <summary>Called before a body is opened: where a test changes the bucket under the reader, or fails.</summary>
    public Action<string>? BeforeOpen { get; set; }

    /// <summary>Asked before a body is opened: whether the bucket never answers.</summary>
    public Func<string, bool>? Hangs { get; set; }

    public void Put(string key, byte[] content)
    {
        // As S3 defines it; nothing is protected by it.
#pragma warning disable CA5351
        _objects[key] = (content, Convert.ToHexStringLower(MD5.HashData(content)));
#pragma warning restore CA5351
    }

    public void Remove(string key) => _objects.Remove(key);

    /// <summary>What is wrong with the bucket as a whole.</summary>
    public Exception? Trouble { get; set; }

    public Task CheckAsync(CancellationToken cancellationToken) => Trouble is null ? Task.CompletedTask : Task.FromException(Trouble);

    public Task<bool> ExistsAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    public Task CreateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var (key, (content, eTag)) in _objects.ToList())
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal) && (startAfter is null || KeyOrder.Compare(key, startAfter) > 0))
            {
                yield return new ObjectEntry(key, content.Length, ETagOf(key, eTag), DateTimeOffset.UnixEpoch.AddSeconds(1));
            }
        }
    }

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken)
        => _objects.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key[prefix.Length..].Contains('/', StringComparison.Ordinal))
            .Select(key => key[..(key.IndexOf('/', prefix.Length) + 1)]).Distinct(StringComparer.Ordinal).ToAsyncEnumerable();

    public async Task<ObjectBody?> OpenReadAsync(string key, string? ifETag, long offset, CancellationToken cancellationToken)
    {
        BeforeOpen?.Invoke(key);
        if (Hangs?.Invoke(key) is true)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        if (!_objects.TryGetValue(key, out var found) || (ifETag is not null && !string.Equals(ifETag, ETagOf(key, found.ETag), StringComparison.Ordinal)))
        {
            return null;
        }

        Fetches.AddOrUpdate(key, 1, static (_, count) => count + 1);
        var content = found.Content[(int)offset..];
        if (DamagedReads.GetValueOrDefault(key) > 0)
        {
            content[^1] ^= (byte)(1 + (DamagedReads[key]-- % 200));
        }

        return new ObjectBody(new MemoryStream(content), found.Content.Length, ETagOf(key, found.ETag), owner: null)
        {
            IsETagMd5 = !TellsFalseETags || !FalseETags.Contains(key),
        };
    }

    private string ETagOf(string key, string eTag) => FalseETags.Contains(key) ? new string('0', eTag.Length) : eTag;

    public async Task PutAsync(string key, Stream content, long bytes, CancellationToken cancellationToken)
    {
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellationToken);
        Put(key, copy.ToArray());
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        Remove(key);
        return Task.CompletedTask;
    }
}
