using System.Globalization;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.Sandbox.Servers;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests;

public sealed class LegacyGeneratorTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shards_hold_the_same_rows_that_the_merged_databases_do()
    {
        var generator = new LegacyGenerator(LegacySize.S, BuilderSettings.DefaultKeys);
        var cluster = await servers.PostgresAsync();
        await Task.WhenAll(generator.FillShardedAsync(cluster, Cancellation, "sharded_"), generator.FillMergedAsync(cluster, Cancellation, "merged_"));

        foreach (var (database, table) in new[] { ("builder_originsrv", "origin_packages"), ("builder_originsrv", "origin_members"), ("builder_sessionsrv", "account_tokens") })
        {
            var shards = string.Join(" UNION ALL ", Enumerable.Range(0, LegacyGenerator.ShardCount).Select(shard => string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM shard_{shard}.{table}")));
            var union = await DigestAsync(cluster, "sharded_" + database, $"({shards})");
            Assert.Equal(union, await DigestAsync(cluster, "merged_" + database, $"public.{table}"));
            Assert.NotEqual(0, union.Rows);
            Assert.Equal(0, (await DigestAsync(cluster, "sharded_" + database, $"public.{table}")).Rows);
        }
    }

    private static async Task<(long Rows, decimal Digest)> DigestAsync(PostgresCluster cluster, string database, string source)
    {
        await using var connection = await cluster.OpenAsync(database, Cancellation);
        await using var command = new NpgsqlCommand($"SELECT count(*), coalesce(sum(hashtextextended(r::text, 0)), 0) FROM {source} AS r", connection);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        Assert.True(await reader.ReadAsync(Cancellation));
        return (reader.GetInt64(0), reader.GetDecimal(1));
    }
}
