using System.Globalization;
using System.Runtime.InteropServices;

namespace BuilderDrFunctions.Postgres;

/// <summary>Row count and content digest of one or more tables' rows. Digests add up: that of a union is the sum of its parts'.</summary>
/// <param name="Rows">How many.</param>
/// <param name="First">Sum of the rows' first 64-bit hashes, modulo 2^64.</param>
/// <param name="Second">Sum of their second ones.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TableDigest(long Rows, ulong First, ulong Second)
{
    /// <summary>The digest of both tables' rows together.</summary>
    public static TableDigest operator +(TableDigest left, TableDigest right) => left.Add(right);

    /// <inheritdoc cref="op_Addition"/>
    public TableDigest Add(TableDigest other) => new(Rows + other.Rows, unchecked(First + other.First), unchecked(Second + other.Second));

    /// <summary>32 hexadecimal digits; zeros for no rows.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First:x16}{Second:x16}");

    /// <summary>From the sums as the server prints them, which may be negative and longer than 64 bits.</summary>
    internal static TableDigest FromSums(long rows, string first, string second) => new(rows, Modulo(first), Modulo(second));

    private static ulong Modulo(string sum) => unchecked((ulong)Int128.Parse(sum, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
}
