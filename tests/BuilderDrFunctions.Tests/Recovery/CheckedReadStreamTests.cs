using System.Security.Cryptography;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Recovery;

public sealed class CheckedReadStreamTests
{
    private static readonly Gen<(byte[] Content, int Buffer)> Files = Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[1, 64]);

    [Fact]
    public async Task Gives_every_byte_of_a_file_that_is_as_it_was() => await Files.SampleAsync(async file =>
    {
        var (read, fault) = await ReadAsync(file.Content, file.Content, file.Buffer);
        Assert.Null(fault);
        Assert.Equal(file.Content, read);
    });

    [Fact]
    public async Task Never_gives_the_last_byte_of_a_file_that_was_changed_cut_or_prolonged() =>
        await Gen.Select(Files, Gen.Int[0, 2], Gen.Int[0, 299]).SampleAsync(async (file, change, at) =>
        {
            var stored = change switch
            {
                0 when file.Content.Length > 0 => Flipped(file.Content, at % file.Content.Length),
                1 when file.Content.Length > 0 => file.Content[..(at % file.Content.Length)],
                _ => [.. file.Content, 0],
            };
            var (read, fault) = await ReadAsync(stored, file.Content, file.Buffer);
            Assert.NotNull(fault);
            Assert.True(read.Length < Math.Max(file.Content.Length, 1));
        });

    private static byte[] Flipped(byte[] content, int at)
    {
        var changed = content.ToArray();
        changed[at] ^= 0x10;
        return changed;
    }

    private static async Task<(byte[] Read, PermanentFaultException? Fault)> ReadAsync(byte[] stored, byte[] expected, int length)
    {
        await using var stream = new CheckedReadStream(
            new MemoryStream(stored), expected.Length, Convert.ToHexStringLower(SHA256.HashData(expected)), why => RecoveryFaults.FileDamaged("set", "file", why));
        var read = new List<byte>();
        var buffer = new byte[length];
        try
        {
            int bytes;
            while ((bytes = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
            {
                read.AddRange(buffer.AsSpan(0, bytes));
            }

            return ([.. read], null);
        }
        catch (PermanentFaultException fault)
        {
            return ([.. read], fault);
        }
    }
}
