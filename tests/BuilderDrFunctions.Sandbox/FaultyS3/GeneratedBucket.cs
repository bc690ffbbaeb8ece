using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;

namespace BuilderDrFunctions.Sandbox.FaultyS3;

/// <summary>A bucket whose objects are computed from their number: a million of them cost nothing until they are asked for.</summary>
/// <param name="count">How many objects.</param>
/// <param name="bytesOf">Size of an object, by number.</param>
public sealed class GeneratedBucket(int count, Func<int, int> bytesOf)
{
    private const int PackagesPerOrigin = 25_000;
    private readonly ConcurrentDictionary<int, int> _versions = new();
    private readonly ConcurrentDictionary<int, string> _md5 = new();

    /// <summary>How many objects.</summary>
    public int Count { get; } = count;

    /// <summary>Whether ETags are the content's MD5, which costs making the content; else they have the form of multipart ETags.</summary>
    public bool HasMd5ETags { get; init; }

    /// <summary>An object's key; keys sort by number.</summary>
    public static string KeyOf(int number)
    {
        var (origin, package) = (number / PackagesPerOrigin, number / 5);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"origin{origin:D3}/pkg{package:D7}/1.0.0/{number:D14}/x86_64/linux/origin{origin:D3}-pkg{package:D7}-1.0.0-{number:D14}-x86_64-linux.hart");
    }

    /// <summary>The number of a key, or null when there is no such object.</summary>
    public int? NumberOf(string key)
    {
        var at = FirstBehind(key) - 1;
        return at >= 0 && string.Equals(KeyOf(at), key, StringComparison.Ordinal) ? at : null;
    }

    /// <summary>The number of the first object whose key comes behind <paramref name="key"/>.</summary>
    public int FirstBehind(string key)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = string.CompareOrdinal(KeyOf(middle), key) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Gives an object new content.</summary>
    public void Overwrite(int number)
    {
        _versions.AddOrUpdate(number, 1, static (_, version) => version + 1);
        _md5.TryRemove(number, out _);
    }

    /// <summary>An object's size.</summary>
    public int BytesOf(int number) => bytesOf(number);

    /// <summary>Bare.</summary>
    public string ETagOf(int number)
        => HasMd5ETags
            ? _md5.GetOrAdd(number, Md5Of)
            : string.Create(CultureInfo.InvariantCulture, $"{number:x16}{_versions.GetValueOrDefault(number):x16}-1");

    /// <summary>An object's bytes; they begin like a <c>.hart</c> when they are long enough.</summary>
    public byte[] ContentOf(int number)
    {
        var content = new byte[bytesOf(number)];
        // Test content is to be the same on every run.
#pragma warning disable CA5394
        new Random((number * 31) ^ (_versions.GetValueOrDefault(number) * 7919)).NextBytes(content);
#pragma warning restore CA5394
        var start = "HART-1\ncore-20260101000000\nBLAKE2b\nc2lnbmF0dXJl\n\n"u8;
        if (content.Length > start.Length)
        {
            start.CopyTo(content);
        }

        BitConverter.TryWriteBytes(content.AsSpan(Math.Max(0, content.Length - sizeof(int))), _versions.GetValueOrDefault(number) + 1);
        return content;
    }

    // S3 defines a plain object's ETag as its MD5.
#pragma warning disable CA5351
    private string Md5Of(int number) => Convert.ToHexStringLower(MD5.HashData(ContentOf(number)));
#pragma warning restore CA5351
}
