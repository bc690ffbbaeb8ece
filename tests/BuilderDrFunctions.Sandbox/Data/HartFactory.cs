using System.Text;
using Org.BouncyCastle.Crypto.Digests;

namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Makes artifacts: Habitat's five header lines, then what a compressed archive looks like; the same bytes in every run.</summary>
public sealed class HartFactory(int seed = 1)
{
    private static ReadOnlySpan<byte> XzMagic => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0x00];

    /// <summary>The size of an item's artifact where the caller has no wish: nine in ten 2 to 30 KB, one in a hundred 1 to 6 MB.</summary>
    public int UsualBytes(long item)
    {
        var dice = Dice.For(seed, 1, item);
        return dice.Below(100) switch
        {
            0 => 1_000_000 + dice.Below(5_000_000),
            < 10 => 30_000 + dice.Below(270_000),
            _ => 2_000 + dice.Below(28_000),
        };
    }

    /// <summary>The whole file.</summary>
    /// <param name="item">Which one: other items have other content.</param>
    /// <param name="keyName">The origin key that signed it, such as <c>core-20240101000000</c>.</param>
    /// <param name="bytes">Its size, header included; at least 300.</param>
    public byte[] Make(long item, string keyName, int bytes)
    {
        var dice = Dice.For(seed, 2, item);
        var header = Encoding.ASCII.GetBytes($"HART-1\n{keyName}\nBLAKE2b\n{Convert.ToBase64String(dice.Bytes(96))}\n\n");
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, header.Length + XzMagic.Length);
        var file = new byte[bytes];
        header.CopyTo(file, 0);
        XzMagic.CopyTo(file.AsSpan(header.Length));
        dice.Fill(file.AsSpan(header.Length + XzMagic.Length));
        return file;
    }

    /// <summary>BLAKE2b-256 in 64 hex digits: what Builder keeps as the package's checksum.</summary>
    public static string Checksum(ReadOnlySpan<byte> file)
    {
        var digest = new Blake2bDigest(256);
        digest.BlockUpdate(file);
        Span<byte> hash = stackalloc byte[32];
        digest.DoFinal(hash);
        return Convert.ToHexStringLower(hash);
    }
}
