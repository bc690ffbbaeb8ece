using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BuilderDrFunctions.Catalog;

/// <summary>Makes every byte of a manifest count: its last property, <c>seal</c>, is the SHA-256 of the file with 64 zeros in the seal's place.</summary>
/// <remarks>The manifest vouches for every other file of its set; nothing else would vouch for the manifest.</remarks>
internal static class ManifestSeal
{
    private const int Digits = 64;

    private static readonly byte[] Zeros = Encoding.ASCII.GetBytes(new string('0', Digits));

    private static ReadOnlySpan<byte> Before => "\"seal\": \""u8;

    /// <summary>The file's bytes.</summary>
    public static byte[] Write(BackupManifest manifest)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(manifest with { Seal = Encoding.ASCII.GetString(Zeros) }, CatalogJson.Options);
        var seal = SealOf(content);
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(content)), seal);
        return content;
    }

    /// <summary>Whether the file is as it was written.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> content)
    {
        var copy = content.ToArray();
        var seal = SealOf(copy);
        if (seal.IsEmpty)
        {
            return false;
        }

        var said = Encoding.ASCII.GetString(seal);
        Zeros.CopyTo(seal);
        return string.Equals(said, Convert.ToHexStringLower(SHA256.HashData(copy)), StringComparison.Ordinal);
    }

    private static Span<byte> SealOf(Span<byte> content)
    {
        var at = content.LastIndexOf(Before);
        return at < 0 || at + Before.Length + Digits > content.Length ? default : content.Slice(at + Before.Length, Digits);
    }
}
