using BuilderDrFunctions.Postgres;
using CsCheck;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

public sealed class BinaryCopyTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_table_arrives_as_it_was_with_the_digest_that_its_own_server_computes()
    {
        var rows = 0L;
        await RandomDatabase.Any.SampleAsync(
            async random =>
            {
                await using var database = await servers.NewDatabaseAsync();
                await database.Cluster.ExecuteAsync(database.Name, random.Script(), Cancellation);
                await using var source = database.Cluster.Server().Connect(database.Name);
                await using var from = await source.OpenConnectionAsync(Cancellation);
                await using var to = await source.OpenConnectionAsync(Cancellation);
                foreach (var shape in (await TableCatalog.ReadAsync(from, Cancellation)).ToList())
                {
                    foreach (var algorithm in new[] { FingerprintAlgorithm.Hash, FingerprintAlgorithm.Md5 })
                    {
                        await ExecuteAsync(to, $"DROP TABLE IF EXISTS public.copied; CREATE TABLE public.copied AS TABLE {shape.Name} WITH NO DATA");
                        var digest = new RowDigest(algorithm, shape.Columns);
                        var columns = shape.Columns.Reverse().ToList();
                        var passed = 0L;
                        var copied = await BinaryCopy.RunAsync(
                            from, digest.SelectRows(shape.Name, condition: null, columns), to,
                            $"public.copied ({string.Join(", ", columns.Select(column => SqlName.Quote(column.Name)))})", bytes => passed += bytes, Cancellation);

                        Assert.True(passed > 0);
                        Assert.Equal(await digest.ReadAsync(from, [shape.Name], Cancellation), copied);
                        Assert.Equal(copied, await digest.ReadAsync(to, [new SqlName("public", "copied")], Cancellation));
                        rows += copied.Rows;
                    }
                }
            },
            iter: 6,
            threads: 1);
        Assert.True(rows > 0);
    }

    [Fact]
    public async Task A_row_larger_than_any_buffer_arrives_whole()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(
            database.Name,
            "CREATE TABLE large AS SELECT i, string_agg(md5((i * j)::text), '') AS text FROM generate_series(1, 4) i, generate_series(1, 40000) j GROUP BY i; CREATE TABLE copied AS TABLE large WITH NO DATA",
            Cancellation);
        await using var source = database.Cluster.Server().Connect(database.Name);
        await using var from = await source.OpenConnectionAsync(Cancellation);
        await using var to = await source.OpenConnectionAsync(Cancellation);
        var large = (await TableCatalog.ReadAsync(from, Cancellation)).Single(shape => shape.Name.Name == "large");
        var digest = new RowDigest(FingerprintAlgorithm.Hash, large.Columns);

        var copied = await BinaryCopy.RunAsync(from, digest.SelectRows(large.Name, null, large.Columns), to, "public.copied", static _ => { }, Cancellation);

        Assert.Equal(4, copied.Rows);
        Assert.Equal(copied, await digest.ReadAsync(to, [new SqlName("public", "copied")], Cancellation));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
