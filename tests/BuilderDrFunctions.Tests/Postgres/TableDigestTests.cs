using System.Globalization;
using BuilderDrFunctions.Postgres;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed class TableDigestTests
{
    [Fact]
    public void Adds_up_alike_in_any_order_and_grouping() =>
        Gen.Select(Gen.Long, Gen.Long, Gen.Int[0, 9]).Array[0, 20].Sample(rows =>
        {
            var digests = rows.Select(row => TableDigest.FromSums(row.Item3, Text(row.Item1), Text(row.Item2))).ToList();
            var forward = digests.Aggregate(default(TableDigest), (sum, one) => sum + one);
            var backward = digests.AsEnumerable().Reverse().Aggregate(default(TableDigest), (sum, one) => one + sum);
            Int128 first = 0;
            Int128 second = 0;
            foreach (var row in rows)
            {
                first += row.Item1;
                second += row.Item2;
            }

            var atOnce = TableDigest.FromSums(rows.Sum(row => (long)row.Item3), first.ToString(CultureInfo.InvariantCulture), second.ToString(CultureInfo.InvariantCulture));
            return forward == backward && forward == atOnce;
        });

    [Fact]
    public void Is_32_hexadecimal_digits() =>
        Assert.Equal("ffffffffffffffff0000000000000001", TableDigest.FromSums(1, "-1", "18446744073709551617").ToString());

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
