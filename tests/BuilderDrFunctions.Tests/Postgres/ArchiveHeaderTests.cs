using System.Text;
using BuilderDrFunctions.Postgres;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed class ArchiveHeaderTests
{
    [Theory]
    [InlineData(14)]
    [InlineData(16)]
    public void Says_who_wrote_it_in_either_layout(byte minor)
    {
        var header = ArchiveHeader.Parse(Bytes(minor));
        Assert.Equal(new ArchiveHeader($"1.{minor}", "builder", "15.18 (Debian)", "17.1"), header);
    }

    [Fact]
    public void Is_nothing_when_cut_short_anywhere()
    {
        var bytes = Bytes(14);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(ArchiveHeader.Parse(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Takes_any_bytes_without_an_error() =>
        Gen.Byte.Array[0, 80].Sample(bytes => _ = ArchiveHeader.Parse((byte[])[.. "PGDMP"u8, 1, 14, 0, 4, 8, 1, .. bytes]));

    private static byte[] Bytes(byte minor)
    {
        var bytes = new List<byte>("PGDMP"u8.ToArray()) { 1, minor, 0, 4, 8, 1 };
        if (minor < 15)
        {
            bytes.AddRange(Integer(-1));
        }
        else
        {
            bytes.Add(0);
        }

        for (var i = 0; i < 7; i++)
        {
            bytes.AddRange(Integer(i));
        }

        foreach (var text in new[] { "builder", "15.18 (Debian)", "17.1" })
        {
            bytes.AddRange([.. Integer(text.Length), .. Encoding.UTF8.GetBytes(text)]);
        }

        return [.. bytes];
    }

    private static byte[] Integer(int value) => [(byte)(value < 0 ? 1 : 0), .. BitConverter.GetBytes(Math.Abs(value))];
}
