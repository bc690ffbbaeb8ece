using System.Security.Cryptography;
using BuilderDrFunctions.Postgres;
using CsCheck;
using Xunit;
using ZstdSharp;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed class ArchivePumpTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DumpCompression.Zstd)]
    [InlineData(DumpCompression.Gzip)]
    public async Task Stores_what_it_reads_and_tells_its_digest(DumpCompression compression)
    {
        foreach (var length in new[] { 0, 1, ArchiveFrame.Bytes - 1, ArchiveFrame.Bytes, ArchiveFrame.Bytes + 1, (5 * ArchiveFrame.Bytes) + 17 })
        {
            var archive = Compressible(length);
            using var stored = new MemoryStream();
            await using var pump = new ArchivePump(compression);
            var told = (0L, 0L);
            var result = await pump.RunAsync(new MemoryStream(archive), stored, (read, written) => told = (read, written), () => { }, Cancellation);
            Assert.Equal(new PumpedArchive(length, stored.Length, Convert.ToHexStringLower(SHA256.HashData(stored.ToArray()))), result);
            Assert.Equal((length, stored.Length), told);
            Assert.Equal(archive, Unpacked(stored, compression));
        }
    }

    [Fact]
    public async Task Reads_short_pieces_into_whole_frames() =>
        await Gen.Int[1, 200_000].Array[1, 40].SampleAsync(
            async pieces =>
            {
                using var stored = new MemoryStream();
                await using var pump = new ArchivePump(DumpCompression.Zstd);
                var archive = Compressible(pieces.Sum());
                await pump.RunAsync(new PieceStream(archive, pieces), stored, (_, _) => { }, () => { }, Cancellation);
                return archive.AsSpan().SequenceEqual(Unpacked(stored, DumpCompression.Zstd));
            },
            iter: 20);

    [Fact]
    public async Task Ends_with_the_store_s_own_error()
    {
        await using var pump = new ArchivePump(DumpCompression.Zstd);
        await using var full = new FullStore();
        var aborted = false;
        var error = await Assert.ThrowsAsync<IOException>(
            () => pump.RunAsync(new MemoryStream(Compressible(12 * ArchiveFrame.Bytes)), full, (_, _) => { }, () => aborted = true, Cancellation));
        Assert.Equal("no space left", error.Message);
        Assert.True(aborted);
    }

    private static byte[] Compressible(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)(i * 31 / 7 % 251);
        }

        return bytes;
    }

    private static byte[] Unpacked(MemoryStream stored, DumpCompression compression)
    {
        stored.Position = 0;
        using var plain = new MemoryStream();
        if (compression == DumpCompression.Zstd)
        {
            using var stream = new DecompressionStream(stored, leaveOpen: true);
            stream.CopyTo(plain);
        }
        else
        {
            stored.CopyTo(plain);
        }

        return plain.ToArray();
    }

    private sealed class PieceStream(byte[] bytes, int[] pieces) : MemoryStream(bytes)
    {
        private int _next;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(_next < pieces.Length ? buffer[..Math.Min(buffer.Length, pieces[_next++])] : buffer, cancellationToken);
    }

    private sealed class FullStore : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("no space left");
    }
}
