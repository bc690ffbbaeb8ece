using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using BuilderDrFunctions.Sandbox.Builder;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Encrypts as Builder does: a NaCl box to its own key, in Habitat's text form <c>BOX-1</c>, key name twice, nonce, ciphertext.</summary>
internal static class BuilderBox
{
    private const int MacBytes = 16;

    /// <summary>Seals a text for <paramref name="key"/>.</summary>
    public static string Seal(BuilderKey key, string content, ReadOnlySpan<byte> nonce)
    {
        var plain = Encoding.UTF8.GetBytes(content);
        var cipher = new XSalsa20Engine();
        cipher.Init(forEncryption: true, new ParametersWithIV(new KeyParameter(HSalsa20(key.SharedWithSelf())), nonce));
        // the first 32 bytes of the stream are the authenticator's key
        var macKey = new byte[32];
        cipher.ProcessBytes(new byte[32], macKey);
        var box = new byte[MacBytes + plain.Length];
        cipher.ProcessBytes(plain, box.AsSpan(MacBytes));
        var mac = new Poly1305();
        mac.Init(new KeyParameter(macKey));
        mac.BlockUpdate(box.AsSpan(MacBytes));
        mac.DoFinal(box.AsSpan(0, MacBytes));
        return $"BOX-1\n{key.Name}\n{key.Name}\n{Convert.ToBase64String(nonce)}\n{Convert.ToBase64String(box)}";
    }

    /// <summary>An access token as users hold it and the database keeps it.</summary>
    public static string Token(BuilderKey key, string content, ReadOnlySpan<byte> nonce) =>
        "_" + Convert.ToBase64String(Encoding.UTF8.GetBytes(Seal(key, content, nonce)));

    // NaCl's key derivation with a nonce of zeros; BouncyCastle keeps its own inside the cipher
    private static byte[] HSalsa20(byte[] key)
    {
        Span<uint> x = stackalloc uint[16];
        (x[0], x[5], x[10], x[15]) = (0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
        for (var i = 0; i < 4; i++)
        {
            x[1 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(4 * i));
            x[11 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(16 + (4 * i)));
        }

        for (var round = 0; round < 10; round++)
        {
            Quarter(x, 0, 4, 8, 12);
            Quarter(x, 5, 9, 13, 1);
            Quarter(x, 10, 14, 2, 6);
            Quarter(x, 15, 3, 7, 11);
            Quarter(x, 0, 1, 2, 3);
            Quarter(x, 5, 6, 7, 4);
            Quarter(x, 10, 11, 8, 9);
            Quarter(x, 15, 12, 13, 14);
        }

        var derived = new byte[32];
        ReadOnlySpan<int> taken = [0, 5, 10, 15, 6, 7, 8, 9];
        for (var i = 0; i < taken.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(derived.AsSpan(4 * i), x[taken[i]]);
        }

        return derived;
    }

    private static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        x[b] ^= BitOperations.RotateLeft(x[a] + x[d], 7);
        x[c] ^= BitOperations.RotateLeft(x[b] + x[a], 9);
        x[d] ^= BitOperations.RotateLeft(x[c] + x[b], 13);
        x[a] ^= BitOperations.RotateLeft(x[d] + x[c], 18);
    }
}
