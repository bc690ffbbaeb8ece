using BuilderDrFunctions.Sites;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Sites;

public sealed class PackageChecksumsTests(Servers servers)
{
    /// <summary>Builder's schema lets each of them be null: one such row must not keep all others from being backed up.</summary>
    [Theory]
    [InlineData("'core/redis/1/2', 'x86_64-linux', NULL")]
    [InlineData("'core/redis/1/2', NULL, 'ab'")]
    [InlineData("NULL, 'x86_64-linux', 'ab'")]
    public async Task A_package_that_says_too_little_keeps_no_other_from_being_read(string row)
    {
        var token = TestContext.Current.CancellationToken;
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(
            database.Name,
            $"CREATE TABLE origin_packages (ident text, target text, checksum text); INSERT INTO origin_packages VALUES ({row}), ('core/zlib/1/2', 'x86_64-linux', 'cd')",
            token);
        await using var connection = await database.Cluster.OpenAsync(database.Name, token);

        var only = Assert.Single(await PackageChecksums.ReadAsync(connection, token).ToListAsync(token));

        Assert.Equal("cd", only.Blake2b);
    }
}
