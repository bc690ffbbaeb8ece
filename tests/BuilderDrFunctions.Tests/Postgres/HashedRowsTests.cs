using System.Buffers.Binary;
using System.Diagnostics;
using BuilderDrFunctions.Postgres;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed class HashedRowsTests
{
    private static readonly Gen<byte[]?> Field = Gen.Frequency((1, Gen.Const((byte[]?)null)), (4, Gen.Byte.Array[0, 60].Select(bytes => (byte[]?)bytes)));

    private static readonly Gen<(ulong First, ulong Second, byte[]?[] Fields)[]> Rows = Gen.Select(Gen.ULong, Gen.ULong, Field.Array[0, 6]).Array[0, 12];

    [Fact]
    public void Passes_on_everything_but_the_hashes_wherever_the_stream_is_cut() => Gen.Select(Rows, Gen.Int[1, 40].Array[1, 20]).Sample((rows, cuts) =>
    {
        var hashed = Copy(rows.Select(row => (byte[]?[])[Big(row.First), Big(row.Second), .. row.Fields]));
        var (passed, digest) = Take(hashed, cuts);

        Assert.Equal(Copy(rows.Select(row => row.Fields)), passed);
        var first = rows.Aggregate(0UL, (sum, row) => unchecked(sum + row.First));
        var second = rows.Aggregate(0UL, (sum, row) => unchecked(sum + row.Second));
        Assert.Equal(new TableDigest(rows.Length, first, second), digest);
    });

    [Fact]
    public void Gives_no_digest_of_a_copy_that_broke_off()
    {
        var rows = new HashedRows();
        rows.Take(Copy([[Big(1), Big(2), [3]]]).AsSpan()[..^2]);
        Assert.Throws<UnreachableException>(() => rows.Digest);
    }

    [Fact]
    public void Refuses_a_row_that_does_not_begin_with_hashes() =>
        Assert.Throws<UnreachableException>(() => new HashedRows().Take(Copy([[[1], [2], [3], [4], [5], [6]]])));

    private static (byte[] Passed, TableDigest Digest) Take(byte[] stream, int[] cuts)
    {
        var rows = new HashedRows();
        var passed = new List<byte>();
        var buffer = new byte[stream.Length + HashedRows.MostLeft];
        var left = 0;
        for (int at = 0, i = 0; at < stream.Length; i++)
        {
            var length = Math.Min(cuts[i % cuts.Length], stream.Length - at);
            stream.AsSpan(at, length).CopyTo(buffer.AsSpan(left));
            at += length;
            var filled = left + length;
            (var kept, left) = rows.Take(buffer.AsSpan(0, filled));
            Assert.InRange(left, 0, HashedRows.MostLeft);
            passed.AddRange(buffer.AsSpan(0, kept));
            buffer.AsSpan(filled - left, left).CopyTo(buffer);
        }

        return ([.. passed], rows.Digest);
    }

    private static byte[] Copy(IEnumerable<byte[]?[]> rows) =>
    [
        .. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, .. new byte[8],
        .. rows.SelectMany(row => Count(row.Length).Concat(row.SelectMany(field => Length(field?.Length ?? -1).Concat(field ?? [])))),
        .. Count(-1),
    ];

    private static byte[] Count(int value)
    {
        var bytes = new byte[sizeof(short)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        return bytes;
    }

    private static byte[] Length(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Big(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
