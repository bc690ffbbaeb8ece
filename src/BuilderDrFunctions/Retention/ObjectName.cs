using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace BuilderDrFunctions.Retention;

/// <summary>The name of a stored object version as a number: sorted lists of millions stay small. Its order is that of the names' hex digits.</summary>
/// <param name="High">The first 32 digits.</param>
/// <param name="Low">The last 32.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ObjectName(UInt128 High, UInt128 Low) : IComparable<ObjectName>
{
    /// <summary>Bytes of a name in a list.</summary>
    public const int Bytes = 32;

    /// <summary>Reads 64 lower-case hex digits; null for anything else.</summary>
    public static ObjectName? TryParse(ReadOnlySpan<char> digits) =>
        digits.Length == 64 && !digits.ContainsAnyInRange('A', 'F')
        && UInt128.TryParse(digits[..32], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high)
        && UInt128.TryParse(digits[32..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low)
            ? new ObjectName(high, low)
            : null;

    /// <summary>Reads a name of a list.</summary>
    public static ObjectName Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    /// <summary>Writes it into a list.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
    }

    /// <inheritdoc/>
    public int CompareTo(ObjectName other) => High == other.High ? Low.CompareTo(other.Low) : High.CompareTo(other.High);

    public static bool operator <(ObjectName left, ObjectName right) => left.CompareTo(right) < 0;

    public static bool operator >(ObjectName left, ObjectName right) => left.CompareTo(right) > 0;

    public static bool operator <=(ObjectName left, ObjectName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ObjectName left, ObjectName right) => left.CompareTo(right) >= 0;

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x32}{Low:x32}");
}
