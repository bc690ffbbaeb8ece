using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Catalog;

public sealed class BackupLabelTests
{
    private static readonly Gen<DateTimeOffset> Times =
        Gen.Long[new DateTimeOffset(2018, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds()]
            .Select(DateTimeOffset.FromUnixTimeSeconds);

    [Fact]
    public void Begins_with_the_time_of_its_run()
    {
        var id = new OperationId("backup", new DateTimeOffset(2026, 11, 22, 2, 0, 0, TimeSpan.Zero), "main", "1a2b");

        Assert.Equal("20261122T020000Z-nightly-1a2b", BackupLabel.Of(id, "nightly").Value);
    }

    [Fact]
    public void Sorts_by_age() =>
        Gen.Select(Times, Times, Gen.OneOf(Gen.Const("nightly"), Gen.Const("a"), Gen.Const("zz-9"))).Where((a, b, _) => a != b).Sample((a, b, name) =>
        {
            var first = BackupLabel.Of(new OperationId("backup", a, "main", "ffff"), name);
            var second = BackupLabel.Of(new OperationId("backup", b, "main", "0000"), "nightly");

            Assert.Equal(a < b, string.CompareOrdinal(first.Value, second.Value) < 0);
        });

    [Fact]
    public void Survives_being_written_and_read() =>
        Times.Sample(at =>
        {
            var label = BackupLabel.Of(OperationId.New("backup", "main", at), "before-upgrade");

            Assert.Equal(label, BackupLabel.TryParse(label.Value));
            Assert.Equal(at, label.At);
        });

    [Theory]
    [InlineData("")]
    [InlineData("latest")]
    [InlineData("20261122T020000Z")]
    [InlineData("20261122T020000Z-nightly")]
    [InlineData("20261322T020000Z-nightly-1a2b")]
    [InlineData("20261122T020000Z-../../x-1a2b")]
    [InlineData("20261122T020000Z-Nightly-1a2b")]
    [InlineData("20261122T020000Z-nightly-1a2b\n")]
    public void Is_not_read_from_anything_else(string text) => Assert.Null(BackupLabel.TryParse(text));

    [Theory]
    [InlineData("before-upgrade", true)]
    [InlineData("a", true)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("A", false)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("0123456789012345678901234567890123456789", true)]
    [InlineData("01234567890123456789012345678901234567890", false)]
    public void Takes_names_that_are_safe_in_a_path(string name, bool good) => Assert.Equal(good, BackupLabel.IsName(name));
}
