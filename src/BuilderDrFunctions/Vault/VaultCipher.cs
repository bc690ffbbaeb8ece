namespace BuilderDrFunctions.Vault;

/// <summary>Encrypts and authenticates streams with AES-256-GCM under <c>Vault:Encryption:Key</c>. Layout: Vault/README.md.</summary>
public sealed class VaultCipher
{
    private const int KeyBytes = 32;
    private readonly byte[]? _key;

    private VaultCipher(byte[]? key)
    {
        _key = key;
        KeyId = key is null ? null : CipherHeader.IdOf(key);
    }

    /// <summary>Whether a key is configured; without one <see cref="Encrypt"/> and <see cref="Decrypt"/> throw DR5020.</summary>
    public bool HasKey => _key is not null;

    /// <summary>The first 8 hex digits of the key's SHA-256, which is no secret; null without a key.</summary>
    public string? KeyId { get; }

    /// <summary>Takes the key; one that is not 32 bytes in base64 is a permanent fault.</summary>
    public static VaultCipher From(VaultEncryptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrWhiteSpace(options.Key))
        {
            return new VaultCipher(key: null);
        }

        var key = new byte[KeyBytes];
        return Convert.TryFromBase64String(options.Key, key, out var bytes) && bytes == KeyBytes
            ? new VaultCipher(key)
            : throw VaultFaults.KeyMalformed();
    }

    /// <summary>A stream that encrypts into <paramref name="target"/>, which stays open. Only <see cref="CipherWriteStream.CompleteAsync"/> makes it whole.</summary>
    public CipherWriteStream Encrypt(Stream target)
    {
        var header = CipherHeader.New(_key ?? throw VaultFaults.NoKey());
        return new CipherWriteStream(target, header, header.FileKey(_key));
    }

    /// <summary>A stream that decrypts <paramref name="source"/>, which is disposed with it. Every byte it gives is authenticated; a missing end is a fault.</summary>
    public Stream Decrypt(Stream source) => new CipherReadStream(source, _key ?? throw VaultFaults.NoKey());
}
