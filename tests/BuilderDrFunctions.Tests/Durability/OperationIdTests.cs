using BuilderDrFunctions.Durability;
using Xunit;

namespace BuilderDrFunctions.Tests.Durability;

public sealed class OperationIdTests
{
    [Theory]
    [InlineData("main")]
    [InlineData("eu-west-1")]
    [InlineData("a-20261122t020000z-b")]
    public void Survives_being_written_and_read(string site)
    {
        var id = OperationId.New("backup", site, new DateTimeOffset(2026, 11, 22, 3, 4, 5, TimeSpan.FromHours(2)));

        var read = OperationId.TryParse(id.ToString());

        Assert.NotNull(read);
        Assert.Equal(("backup", site, id.Suffix), (read.Kind, read.Site, read.Suffix));
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 1, 4, 5, TimeSpan.Zero), read.At);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("dr-main")]
    [InlineData("backup-20261122T020000Z-main-1a2b:warm")]
    [InlineData("backup-20261122T020000Z-Main-1a2b")]
    [InlineData("backup-20261199T020000Z-main-1a2b")]
    [InlineData("backup-20261122T020000Z--1a2b")]
    public void Is_not_read_from_anything_else(string? text) => Assert.Null(OperationId.TryParse(text));

    [Fact]
    public void Names_the_lock_of_its_site() => Assert.Equal("dr-main", OperationId.New("restore", "main", DateTimeOffset.UnixEpoch).LockId);
}
