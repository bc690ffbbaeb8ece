using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Data;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests;

public sealed class PackageGeneratorTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_generated_database_holds_what_its_size_says_and_the_checksums_of_its_artifacts()
    {
        await using var database = await servers.NewBuilderDatabaseAsync();
        await using var connection = await database.Cluster.OpenAsync(database.Name, Cancellation);
        var generator = new PackageGenerator(DataSize.Tiny, BuilderSettings.DefaultKeys);

        Assert.Equal((long)DataSize.Tiny.Packages, await ScalarAsync(connection, "SELECT count(*) FROM origin_packages WHERE ident_vector IS NOT NULL"));
        Assert.Equal(0L, await ScalarAsync(connection, "SELECT count(*) FROM origin_packages p, unnest(p.tdeps) AS t WHERE t NOT IN (SELECT ident FROM origin_packages)"));
        Assert.Equal(2L, await ScalarAsync(connection, "SELECT count(DISTINCT split_part(body, E'\\n', 2)) FROM origin_secret_keys WHERE body LIKE 'BOX-1%'"));
        var artifacts = generator.WithArtifacts().ToList();
        Assert.Equal(DataSize.Tiny.Artifacts, artifacts.Count);
        foreach (var package in artifacts)
        {
            var checksum = await ScalarAsync(connection, $"SELECT checksum FROM origin_packages WHERE ident = '{package.Ident}'");
            Assert.Equal(HartFactory.Checksum(generator.Artifact(package)), checksum);
        }
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
