using BuilderDrFunctions.Postgres;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed class RowDigestTests
{
    private static readonly SqlName Table = new("shard_0", "odd\"name");

    [Theory]
    [InlineData(FingerprintAlgorithm.Hash)]
    [InlineData(FingerprintAlgorithm.Md5)]
    public void Reads_columns_by_name_wherever_they_stand(string algorithm)
    {
        DigestColumn[] columns = [new("b", "int8", true, true), new("a", "text", true, false), new("ä", "mood", false, true)];
        Assert.Equal(new RowDigest(algorithm, columns).Select(Table), new RowDigest(algorithm, columns.Reverse()).Select(Table));
        Assert.Contains("ONLY \"shard_0\".\"odd\"\"name\"", new RowDigest(algorithm, columns).Select(Table), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_algorithm_it_does_not_know() => Assert.Throws<ArgumentOutOfRangeException>(() => new RowDigest("crc", []));
}
