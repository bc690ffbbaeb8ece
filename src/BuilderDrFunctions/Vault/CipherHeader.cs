using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BuilderDrFunctions.Vault;

/// <summary>The first 48 bytes of an encrypted package, and what follows from them for each chunk.</summary>
internal sealed class CipherHeader
{
    internal const int Bytes = 48;
    internal const int ChunkBytes = 64 * 1024;
    internal const int TagBytes = 16;
    internal const int NonceBytes = 12;
    private const byte Version = 1;
    private const byte ChunkSizeLog2 = 16;
    private const int KeyIdOffset = 12;
    private const int SaltOffset = 16;

    private readonly byte[] _bytes;

    private CipherHeader(byte[] bytes) => _bytes = bytes;

    private static ReadOnlySpan<byte> Magic => "BDRCRYPT"u8;

    /// <summary>All of it; authenticated with every chunk.</summary>
    internal ReadOnlyMemory<byte> Content => _bytes;

    internal static string IdOf(ReadOnlySpan<byte> key) => Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 4));

    internal static CipherHeader New(ReadOnlySpan<byte> key)
    {
        var bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        bytes[8] = Version;
        bytes[9] = ChunkSizeLog2;
        SHA256.HashData(key).AsSpan(0, 4).CopyTo(bytes.AsSpan(KeyIdOffset));
        RandomNumberGenerator.Fill(bytes.AsSpan(SaltOffset));
        return new CipherHeader(bytes);
    }

    /// <summary>Checks what was read against the key at hand.</summary>
    internal static CipherHeader Parse(byte[] bytes, ReadOnlySpan<byte> key)
    {
        if (!bytes.AsSpan().StartsWith(Magic))
        {
            throw VaultFaults.UnknownFormat("it does not begin with BDRCRYPT");
        }

        if (bytes[8] != Version || bytes[9] != ChunkSizeLog2 || bytes[10] != 0 || bytes[11] != 0)
        {
            throw VaultFaults.UnknownFormat(FormattableString.Invariant($"its format version is {bytes[8]}, chunk size {bytes[9]}"));
        }

        var needed = Convert.ToHexStringLower(bytes.AsSpan(KeyIdOffset, 4));
        var given = IdOf(key);
        return string.Equals(needed, given, StringComparison.Ordinal) ? new CipherHeader(bytes) : throw VaultFaults.WrongKey(needed, given);
    }

    /// <summary>A key for this package alone, so that the chunk counter can be the nonce.</summary>
    internal AesGcm FileKey(byte[] key)
    {
        Span<byte> fileKey = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, fileKey, _bytes.AsSpan(SaltOffset), "BuilderDr package 1"u8);
        var cipher = new AesGcm(fileKey, TagBytes);
        CryptographicOperations.ZeroMemory(fileKey);
        return cipher;
    }

    /// <summary>Three zero bytes, the chunk's number, and 1 for the last chunk: none can be moved, repeated or cut off unnoticed.</summary>
    internal static void Nonce(Span<byte> nonce, long chunk, bool last)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[3..], chunk);
        nonce[^1] = last ? (byte)1 : (byte)0;
    }
}
