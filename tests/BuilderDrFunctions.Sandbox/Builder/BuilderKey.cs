using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;

namespace BuilderDrFunctions.Sandbox.Builder;

/// <summary>One revision of the key with which a Builder encrypts what it keeps secret in its database.</summary>
/// <remarks>The files are as Habitat writes them: format line, key name, empty line, base64 of the 32 bytes (X25519).</remarks>
public sealed class BuilderKey
{
    private readonly X25519PrivateKeyParameters secret;

    /// <summary>Derives the pair from <paramref name="seed"/>, so that generated data is the same in every run.</summary>
    public BuilderKey(string revision, int seed)
    {
        Revision = revision;
        secret = new X25519PrivateKeyParameters(SHA256.HashData(BitConverter.GetBytes(seed)));
    }

    /// <summary>Fourteen digits: when it was made.</summary>
    public string Revision { get; }

    /// <summary><c>bldr-</c> and the revision.</summary>
    public string Name => $"bldr-{Revision}";

    /// <summary>The content of <c>bldr-….pub</c>.</summary>
    public string PublicFile => $"BOX-PUB-1\n{Name}\n\n{Convert.ToBase64String(secret.GeneratePublicKey().GetEncoded())}";

    /// <summary>The content of <c>bldr-….box.key</c>.</summary>
    public string SecretFile => $"BOX-SEC-1\n{Name}\n\n{Convert.ToBase64String(secret.GetEncoded())}";

    /// <summary>The secret that both ends of a box to oneself share: what X25519 gives for the own pair.</summary>
    internal byte[] SharedWithSelf()
    {
        var shared = new byte[X25519PrivateKeyParameters.SecretSize];
        secret.GenerateSecret(secret.GeneratePublicKey(), shared, 0);
        return shared;
    }
}
