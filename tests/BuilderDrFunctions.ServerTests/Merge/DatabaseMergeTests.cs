using System.Globalization;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.ServerTests.Postgres;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>Merges of originsrv and sessionsrv, seen row for row without this program's own digests.</summary>
public sealed class DatabaseMergeTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Holds_exactly_the_rows_of_both_databases_and_leaves_them_as_they_were()
    {
        await using var originsrv = await servers.Legacy.MergedAsync("builder_originsrv");
        await using var sessionsrv = await servers.Legacy.MergedAsync("builder_sessionsrv");
        await using var target = new TestDatabase(originsrv.Cluster, Servers.NewName("builder"));
        var postgres = originsrv.Cluster.Server();
        var names = DatabaseMergeNames.Of(originsrv.Name, sessionsrv.Name, target.Name, "test");
        var before = (await postgres.FingerprintAsync(originsrv.Name, null, Cancellation), await postgres.FingerprintAsync(sessionsrv.Name, null, Cancellation));

        var plan = await new DatabaseAnalysis(postgres, names).RunAsync(Cancellation);
        Assert.Empty(plan.Problems);
        var merger = new DatabaseMerger(postgres, names, TimeProvider.System);
        var result = await merger.CopyAsync(progress: null, Cancellation);
        Assert.Null(await postgres.FindDatabaseAsync(target.Name, Cancellation));
        await merger.PublishAsync(Cancellation);
        await merger.PublishAsync(Cancellation);

        Assert.Equal(18, result.Tables.Count);
        foreach (var table in result.Tables)
        {
            var (columns, mapped) = Columns(table.Table);
            var source = await RowsAsync(originsrv.Cluster, table.Source, $"SELECT {mapped} FROM public.{table.Table}");
            var merged = await RowsAsync(originsrv.Cluster, target.Name, $"SELECT {columns} FROM public.{table.Table}");
            Assert.Equal(source, merged);
            Assert.Equal(table.Rows, source.Count);
            Assert.Equal(table.Rows, plan.Tables.Single(planned => planned.Table == table.Table).Rows);
        }

        Assert.Equal(before.Item1.Digest, (await postgres.FingerprintAsync(originsrv.Name, null, Cancellation)).Digest);
        Assert.Equal(before.Item2.Digest, (await postgres.FingerprintAsync(sessionsrv.Name, null, Cancellation)).Digest);
        Assert.DoesNotContain(await postgres.ListDatabasesAsync(Cancellation), names.IsLeftover);
        Assert.Contains(plan.Notes, note => note.Contains("account_origins", StringComparison.Ordinal));
    }

    [Fact]
    public void Knows_every_table_column_and_key_of_its_schema()
    {
        Assert.Equal(18, MergedSchema.Mapped.Count);
        Assert.Equal(17, MergedSchema.Mapped.Single(table => table.Name == "origin_packages").Columns.Count);
        Assert.Equal("timestamp with time zone", MergedSchema.Mapped.Single(table => table.Name == "accounts").Columns[3].Type);
        Assert.True(MergedSchema.Mapped.Single(table => table.Name == "origins").Columns[^1].IsRequired);
        Assert.Equal(31, MergedSchema.Indexes.Count);
        Assert.Equal(30, MergedSchema.Unique.Count);
        Assert.Equal(14, MergedSchema.Foreign.Count);
    }

    [Fact]
    public async Task Drops_what_a_killed_run_left_and_nothing_else()
    {
        await using var originsrv = await servers.Legacy.MergedAsync("builder_originsrv");
        await using var target = new TestDatabase(originsrv.Cluster, Servers.NewName("builder"));
        await using var leftover = new TestDatabase(originsrv.Cluster, target.Name + "_merging_1");
        await using var other = new TestDatabase(originsrv.Cluster, target.Name + "_mine");
        await originsrv.Cluster.CreateDatabaseAsync(leftover.Name, Cancellation);
        await originsrv.Cluster.CreateDatabaseAsync(other.Name, Cancellation);
        var postgres = originsrv.Cluster.Server();

        await new DatabaseMerger(postgres, DatabaseMergeNames.Of(originsrv.Name, "none", target.Name, "2"), TimeProvider.System).DropLeftoversAsync(Cancellation);

        var databases = await postgres.ListDatabasesAsync(Cancellation);
        Assert.DoesNotContain(leftover.Name, databases, StringComparer.Ordinal);
        Assert.Contains(other.Name, databases, StringComparer.Ordinal);
    }

    private static (string Columns, string Mapped) Columns(string table)
    {
        var columns = MergedSchema.Mapped.Single(mapped => mapped.Name == table).Columns.Select(column => column.Name).ToList();
        return (string.Join(", ", columns), string.Join(", ", columns.Select(column => column == "ident_array" ? "regexp_split_to_array(ident, '/') AS ident_array" : column)));
    }

    private static async Task<List<string>> RowsAsync(Sandbox.Servers.PostgresCluster cluster, string database, string select)
    {
        var rows = new List<string>();
        await using var connection = await cluster.OpenAsync(database, Cancellation);
        await using var command = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"SELECT r::text FROM ({select}) AS r ORDER BY 1"), connection);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
