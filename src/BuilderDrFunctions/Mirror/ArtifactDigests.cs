using System.Security.Cryptography;
using BuilderDrFunctions.Catalog;
using Org.BouncyCastle.Crypto.Digests;

namespace BuilderDrFunctions.Mirror;

/// <summary>What is learnt of an object while its bytes pass: SHA-256, and of a <c>.hart</c> its BLAKE2b-256 and signer; MD5 where the ETag is one.</summary>
internal sealed class ArtifactDigests : IDisposable
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash? _md5;
    private readonly Blake2bDigest? _blake2b;
    private readonly byte[] _start;
    private int _started;

    /// <summary>Begins on an object.</summary>
    /// <param name="key">Its key; the ending decides.</param>
    /// <param name="withMd5">Whether the MD5 is wanted.</param>
    public ArtifactDigests(string key, bool withMd5)
    {
        var isArtifact = key.EndsWith(".hart", StringComparison.Ordinal);
        _blake2b = isArtifact ? new Blake2bDigest(256) : null;
        _start = isArtifact ? new byte[HartHeader.MostBytes] : [];
        // S3 defines a plain object's ETag as its MD5: comparing them finds a damaged transfer, nothing more is asked of it.
#pragma warning disable CA5351
        _md5 = withMd5 ? IncrementalHash.CreateHash(HashAlgorithmName.MD5) : null;
#pragma warning restore CA5351
    }

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _sha256.AppendData(bytes);
        _md5?.AppendData(bytes);
        _blake2b?.BlockUpdate(bytes);
        if (_started < _start.Length)
        {
            var more = bytes[..Math.Min(bytes.Length, _start.Length - _started)];
            more.CopyTo(_start.AsSpan(_started));
            _started += more.Length;
        }

        Bytes += bytes.Length;
    }

    /// <summary>32 lower-case hex digits, or null where it was not wanted.</summary>
    public string? Md5() => _md5 is null ? null : Convert.ToHexStringLower(_md5.GetCurrentHash());

    /// <summary>The entry with what was learnt; to be asked once.</summary>
    public InventoryEntry Complete(InventoryEntry entry)
    {
        string? blake2b = null;
        if (_blake2b is not null)
        {
            Span<byte> digest = stackalloc byte[32];
            _blake2b.DoFinal(digest);
            blake2b = Convert.ToHexStringLower(digest);
        }

        return entry with
        {
            Verdict = ObjectVerdict.Unchecked,
            Name = ObjectVersion.NameOf(entry.Key, entry.ETag, entry.Bytes),
            Sha256 = Convert.ToHexStringLower(_sha256.GetHashAndReset()),
            Blake2b = blake2b,
            Signer = HartHeader.SignerOf(_start.AsSpan(0, _started)),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sha256.Dispose();
        _md5?.Dispose();
    }
}
