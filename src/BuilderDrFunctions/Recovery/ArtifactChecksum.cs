using Org.BouncyCastle.Crypto.Digests;

namespace BuilderDrFunctions.Recovery;

/// <summary>BLAKE2b-256 of what passes: what <c>origin_packages.checksum</c> must equal.</summary>
public sealed class ArtifactChecksum
{
    private const int BufferBytes = 128 * 1024;
    private readonly Blake2bDigest _digest = new(256);

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _digest.BlockUpdate(bytes);
        Bytes += bytes.Length;
    }

    /// <summary>64 lower-case hex digits; to be asked once.</summary>
    public string Complete()
    {
        Span<byte> digest = stackalloc byte[32];
        _digest.DoFinal(digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <summary>The checksum and size of a whole stream.</summary>
    public static async Task<(string Checksum, long Bytes)> OfAsync(Stream content, CancellationToken cancellationToken)
    {
        var checksum = new ArtifactChecksum();
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            checksum.Append(buffer.AsSpan(0, read));
        }

        return (checksum.Complete(), checksum.Bytes);
    }
}
