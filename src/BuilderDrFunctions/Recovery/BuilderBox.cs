using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace BuilderDrFunctions.Recovery;

/// <summary>What Builder encrypts to itself in its database: Habitat's text form of a NaCl box.</summary>
/// <remarks>
/// Facts from habitat-sh/habitat, components/core/src/crypto/keys: a box is five lines (<c>BOX-1</c>, the key it is from, the key it is for, nonce,
/// ciphertext, the last two in base64); a key file is <c>BOX-SEC-1</c>, its name, an empty line, and 32 bytes in base64. The cipher is
/// X25519, XSalsa20 and Poly1305; only the authenticator is checked here, nothing is decrypted.
/// </remarks>
internal static class BuilderBox
{
    /// <summary>What every box begins with.</summary>
    public const string Prefix = "BOX-1\n";

    private const int KeyBytes = 32;
    private const int NonceBytes = 24;
    private const int MacBytes = 16;

    /// <summary>Whether a key's file opens a box; false too where one of the two is not well formed.</summary>
    public static bool Opens(ReadOnlySpan<byte> keyFile, string box)
    {
        var key = Encoding.ASCII.GetString(keyFile).Split('\n');
        var lines = box.Split('\n');
        if (key is not ["BOX-SEC-1", _, _, var secretText, ..] || lines is not ["BOX-1", var from, var to, var nonceText, var sealedText, ..] || from != to
            || !TryDecode(secretText, out var secret) || secret.Length != KeyBytes
            || !TryDecode(nonceText, out var nonce) || nonce.Length != NonceBytes
            || !TryDecode(sealedText, out var content) || content.Length < MacBytes)
        {
            return false;
        }

        var shared = new byte[KeyBytes];
        var own = new X25519PrivateKeyParameters(secret);
        own.GenerateSecret(own.GeneratePublicKey(), shared, 0);
        var stream = new XSalsa20Engine();
        stream.Init(forEncryption: true, new ParametersWithIV(new KeyParameter(HSalsa20(shared)), nonce));

        // The stream's first 32 bytes are the authenticator's key.
        var authenticatorKey = new byte[KeyBytes];
        stream.ProcessBytes(new byte[KeyBytes], authenticatorKey);
        var authenticator = new Poly1305();
        authenticator.Init(new KeyParameter(authenticatorKey));
        authenticator.BlockUpdate(content.AsSpan(MacBytes));
        Span<byte> mac = stackalloc byte[MacBytes];
        authenticator.DoFinal(mac);
        return CryptographicOperations.FixedTimeEquals(mac, content.AsSpan(0, MacBytes));
    }

    /// <summary>The box inside an access token (<c>_</c> and base64), or the text itself.</summary>
    public static string OfToken(string token) =>
        token.StartsWith('_') && TryDecode(token[1..], out var box) ? Encoding.UTF8.GetString(box) : token;

    private static bool TryDecode(string text, out byte[] bytes)
    {
        var buffer = new byte[text.Length];
        var isValid = Convert.TryFromBase64String(text.Trim(), buffer, out var written);
        bytes = buffer[..written];
        return isValid;
    }

    // How NaCl makes a cipher's key of a shared secret: the Salsa20 rounds over it and a nonce of zeros, without the final addition.
    private static byte[] HSalsa20(ReadOnlySpan<byte> key)
    {
        Span<uint> state = stackalloc uint[16];
        (state[0], state[5], state[10], state[15]) = (0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
        for (var word = 0; word < 4; word++)
        {
            state[1 + word] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * word)..]);
            state[11 + word] = BinaryPrimitives.ReadUInt32LittleEndian(key[(16 + (4 * word))..]);
        }

        ReadOnlySpan<byte> quarters = [0, 4, 8, 12, 5, 9, 13, 1, 10, 14, 2, 6, 15, 3, 7, 11, 0, 1, 2, 3, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14];
        for (var round = 0; round < 10; round++)
        {
            for (var at = 0; at < quarters.Length; at += 4)
            {
                var (a, b, c, d) = (quarters[at], quarters[at + 1], quarters[at + 2], quarters[at + 3]);
                state[b] ^= BitOperations.RotateLeft(state[a] + state[d], 7);
                state[c] ^= BitOperations.RotateLeft(state[b] + state[a], 9);
                state[d] ^= BitOperations.RotateLeft(state[c] + state[b], 13);
                state[a] ^= BitOperations.RotateLeft(state[d] + state[c], 18);
            }
        }

        var derived = new byte[KeyBytes];
        ReadOnlySpan<byte> taken = [0, 5, 10, 15, 6, 7, 8, 9];
        for (var word = 0; word < taken.Length; word++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(derived.AsSpan(4 * word), state[taken[word]]);
        }

        return derived;
    }
}
