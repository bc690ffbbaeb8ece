using System.Buffers.Binary;
using System.Diagnostics;

namespace BuilderDrFunctions.Postgres;

/// <summary>
/// Takes the two hashes that lead every row of a binary COPY out of it and adds them up. What is left is the COPY of the other columns, so that the
/// digest of what was read comes with the reading.
/// </summary>
/// <remarks>
/// The format: a header of 19 bytes; each row a count of fields (two bytes), each field its length (four bytes, -1 for null) and its bytes; at the end a
/// count of -1. All numbers have their highest byte first.
/// </remarks>
internal sealed class HashedRows
{
    /// <summary>The most that is left of a buffer for the next one.</summary>
    public const int MostLeft = RowHead - 1;

    private const int Header = 19;
    private const int Count = sizeof(short);
    private const int Length = sizeof(int);
    private const int Hash = sizeof(ulong);
    private const int Hashes = 2;
    private const int RowHead = Count + (Hashes * (Length + Hash));

    private State _state = State.Header;
    private int _fields;
    private int _bytes;
    private long _rows;
    private ulong _first;
    private ulong _second;

    private enum State
    {
        Header,
        Row,
        Field,
        Value,
        End,
    }

    /// <summary>The digest of all rows.</summary>
    /// <exception cref="UnreachableException">The COPY broke off, which its connection must have noticed.</exception>
    public TableDigest Digest => _state == State.End ? new TableDigest(_rows, _first, _second) : throw new UnreachableException("the COPY ends within a row");

    /// <summary>Takes the hashes out of some bytes, in place.</summary>
    /// <param name="buffer">What was left of the last buffer, and what follows it.</param>
    /// <returns>How many bytes at its beginning are to be passed on, and how many at its end are left for the next one.</returns>
    public (int Kept, int Left) Take(Span<byte> buffer)
    {
        var read = 0;
        var kept = 0;
        while (true)
        {
            var rest = buffer[read..];
            var (taken, skipped) = Next(rest);
            if (taken == 0)
            {
                return (kept, rest.Length);
            }

            if (read + skipped != kept)
            {
                rest[skipped..taken].CopyTo(buffer[kept..]);
            }

            read += taken;
            kept += taken - skipped;
        }
    }

    // What comes next: so many bytes, the first of which are not passed on; none when it is not all there yet.
    private (int Taken, int Skipped) Next(Span<byte> rest) => _state switch
    {
        State.Header => rest.Length < Header ? default : Begin(),
        State.Row => rest.Length < Count ? default : TakeRow(rest),
        State.Field => rest.Length < Length ? default : TakeField(rest),
        State.Value => (TakeValue(Math.Min(rest.Length, _bytes)), 0),
        _ => rest.Length == 0 ? default : throw new UnreachableException("the COPY goes on behind its end"),
    };

    private (int Taken, int Skipped) Begin()
    {
        _state = State.Row;
        return (Header, 0);
    }

    private (int Taken, int Skipped) TakeRow(Span<byte> rest)
    {
        var count = BinaryPrimitives.ReadInt16BigEndian(rest);
        if (count < 0)
        {
            _state = State.End;
            return (Count, 0);
        }

        if (rest.Length < RowHead)
        {
            return default;
        }

        _first = unchecked(_first + HashAt(rest[Count..]));
        _second = unchecked(_second + HashAt(rest[(Count + Length + Hash)..]));
        _rows++;
        _fields = count - Hashes;
        _state = _fields > 0 ? State.Field : State.Row;
        BinaryPrimitives.WriteInt16BigEndian(rest[(RowHead - Count)..], (short)_fields);
        return (RowHead, RowHead - Count);
    }

    private static ulong HashAt(ReadOnlySpan<byte> field) => BinaryPrimitives.ReadInt32BigEndian(field) == Hash
        ? BinaryPrimitives.ReadUInt64BigEndian(field[Length..])
        : throw new UnreachableException("a row of the COPY does not begin with its hashes");

    private (int Taken, int Skipped) TakeField(Span<byte> rest)
    {
        _bytes = Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(rest));
        _fields--;
        TakeValue(0);
        return (Length, 0);
    }

    private int TakeValue(int bytes)
    {
        _bytes -= bytes;
        _state = _bytes > 0 ? State.Value : _fields > 0 ? State.Field : State.Row;
        return bytes;
    }
}
