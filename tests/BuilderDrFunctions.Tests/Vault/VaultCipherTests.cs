using System.Security.Cryptography;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Vault;

public sealed class VaultCipherTests
{
    private const int Chunk = 64 * 1024;
    private static readonly VaultCipher Cipher = NewCipher();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_encrypted_decrypts_whatever_its_size_and_pieces()
    {
        var sizes = Gen.OneOf(Gen.Int[0, 200], Gen.Int[-20, 20].Select(Gen.Int[1, 3], (around, chunks) => (chunks * Chunk) + around));
        await Gen.Select(sizes, Gen.Int[1, 100_000]).SampleAsync(async (bytes, piece) =>
        {
            var content = RandomNumberGenerator.GetBytes(bytes);
            Assert.Equal(content, await DecryptAsync(Cipher, await EncryptAsync(content, piece)));
        }, iter: 60);
    }

    [Fact]
    public async Task Any_flipped_bit_is_found()
    {
        var package = await EncryptAsync(RandomNumberGenerator.GetBytes(Chunk + 100));
        await Gen.Select(Gen.Int[0, package.Length - 1], Gen.Int[0, 7]).SampleAsync(async (at, bit) =>
        {
            var changed = package.ToArray();
            changed[at] ^= (byte)(1 << bit);
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => DecryptAsync(Cipher, changed));
            Assert.Contains(fault.Code, (string[])["DR5022", "DR5023", "DR5025"], StringComparer.Ordinal);
        }, iter: 200);
    }

    [Fact]
    public async Task Any_missing_end_is_found()
    {
        var package = await EncryptAsync(RandomNumberGenerator.GetBytes((3 * Chunk) - 5));
        await Gen.Int[0, package.Length - 1].SampleAsync(async length =>
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => DecryptAsync(Cipher, package[..length]));
            Assert.Contains(fault.Code, (string[])["DR5023", "DR5024"], StringComparer.Ordinal);
        }, iter: 100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_package_cut_between_chunks_is_called_cut_and_not_damaged(int chunks)
    {
        var package = await EncryptAsync(new byte[3 * Chunk]);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => DecryptAsync(Cipher, package[..(48 + (chunks * (Chunk + 16)))]));

        Assert.Equal("DR5024", fault.Code);
    }

    [Fact]
    public async Task Exchanged_chunks_are_found()
    {
        var package = await EncryptAsync(RandomNumberGenerator.GetBytes(3 * Chunk));
        const int sealedBytes = Chunk + 16;
        byte[] exchanged = [.. package[..48], .. package[(48 + sealedBytes)..(48 + (2 * sealedBytes))], .. package[48..(48 + sealedBytes)], .. package[(48 + (2 * sealedBytes))..]];

        Assert.Equal("DR5023", (await Assert.ThrowsAsync<PermanentFaultException>(() => DecryptAsync(Cipher, exchanged))).Code);
    }

    [Fact]
    public async Task Bytes_behind_the_end_are_found()
    {
        byte[] longer = [.. await EncryptAsync("hello"u8.ToArray()), 0];

        Assert.Equal("DR5023", (await Assert.ThrowsAsync<PermanentFaultException>(() => DecryptAsync(Cipher, longer))).Code);
    }

    [Fact]
    public async Task A_package_that_was_not_completed_is_not_whole()
    {
        using var target = new MemoryStream();
        await using (var stream = Cipher.Encrypt(target))
        {
            await stream.WriteAsync(new byte[200_000], Token);
        }

        Assert.Equal("DR5024", (await Assert.ThrowsAsync<PermanentFaultException>(() => DecryptAsync(Cipher, target.ToArray()))).Code);
    }

    [Fact]
    public async Task A_wrong_key_is_told_from_damage_and_both_keys_are_named()
    {
        var other = NewCipher();

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(async () => await DecryptAsync(other, await EncryptAsync("x"u8.ToArray())));

        Assert.Equal("DR5022", fault.Code);
        Assert.Contains(Cipher.KeyId!, fault.What, StringComparison.Ordinal);
        Assert.Contains(other.KeyId!, fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Equal_contents_give_different_packages() =>
        Assert.NotEqual(await EncryptAsync(new byte[100]), await EncryptAsync(new byte[100]));

    [Fact]
    public async Task The_layout_is_the_documented_one()
    {
        var package = await EncryptAsync("hello"u8.ToArray());

        Assert.Equal(48 + 5 + 16, package.Length);
        Assert.Equal([.. "BDRCRYPT"u8, 1, 16, 0, 0], package[..12]);
        Assert.Equal(Cipher.KeyId, Convert.ToHexStringLower(package[12..16]));
    }

    [Fact]
    public void Without_a_key_nothing_is_encrypted_or_decrypted()
    {
        var none = VaultCipher.From(new VaultEncryptionOptions());

        Assert.False(none.HasKey);
        Assert.Null(none.KeyId);
        Assert.Equal("DR5020", Assert.Throws<PermanentFaultException>(() => none.Encrypt(Stream.Null)).Code);
        Assert.Equal("DR5020", Assert.Throws<PermanentFaultException>(() => none.Decrypt(Stream.Null)).Code);
    }

    [Theory]
    [InlineData("not base64!")]
    [InlineData("c2hvcnQ=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_malformed_key_is_a_fault_that_does_not_show_it(string key)
    {
        var fault = Assert.Throws<PermanentFaultException>(() => VaultCipher.From(new VaultEncryptionOptions { Key = key }));

        Assert.Equal("DR5021", fault.Code);
        Assert.DoesNotContain(key, fault.ToString(), StringComparison.Ordinal);
    }

    private static VaultCipher NewCipher() =>
        VaultCipher.From(new VaultEncryptionOptions { Key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) });

    private static async Task<byte[]> EncryptAsync(byte[] content, int piece = int.MaxValue)
    {
        using var target = new MemoryStream();
        await using var stream = Cipher.Encrypt(target);
        for (var at = 0; at < content.Length; at += Math.Min(piece, content.Length - at))
        {
            await stream.WriteAsync(content.AsMemory(at, Math.Min(piece, content.Length - at)), Token);
        }

        await stream.CompleteAsync(Token);
        return target.ToArray();
    }

    private static async Task<byte[]> DecryptAsync(VaultCipher cipher, byte[] package)
    {
        await using var stream = cipher.Decrypt(new MemoryStream(package));
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Token);
        return content.ToArray();
    }
}
