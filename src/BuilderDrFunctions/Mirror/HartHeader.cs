using System.Text;

namespace BuilderDrFunctions.Mirror;

/// <summary>The first lines of a <c>.hart</c> file: format, signing key, hash type, signature, and an empty line before the archive.</summary>
/// <remarks>Facts: habitat-sh/habitat, components/core/src/crypto/artifact.rs.</remarks>
internal static class HartHeader
{
    /// <summary>Bytes that hold any real header.</summary>
    public const int MostBytes = 1024;

    /// <summary>The name of the origin key that signed the artifact; null when the bytes do not begin with a header.</summary>
    public static string? SignerOf(ReadOnlySpan<byte> start)
    {
        var lines = start;
        if (!TryTakeLine(ref lines, out var format) || !format.SequenceEqual("HART-1"u8)
            || !TryTakeLine(ref lines, out var signer) || !IsName(signer)
            || !TryTakeLine(ref lines, out var hash) || !hash.SequenceEqual("BLAKE2b"u8)
            || !TryTakeLine(ref lines, out var signature) || signature.IsEmpty
            || !TryTakeLine(ref lines, out var empty) || !empty.IsEmpty)
        {
            return null;
        }

        return Encoding.ASCII.GetString(signer);
    }

    private static bool TryTakeLine(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? default : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return end >= 0;
    }

    private static bool IsName(ReadOnlySpan<byte> text) => text.Length is > 0 and <= 255 && text.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
}
