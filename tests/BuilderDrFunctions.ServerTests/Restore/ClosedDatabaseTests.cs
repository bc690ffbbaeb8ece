using System.Net;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Recovery;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>A live database that lets nobody in is what a restore is for: it is planned, replaced and, where there is something to it, put back like any other.</summary>
public sealed class ClosedDatabaseTests(ChainSandbox chain) : RestoreRequests(chain)
{
    [Theory]
    [InlineData("ALTER DATABASE builder ALLOW_CONNECTIONS false", "ALTER DATABASE {0} ALLOW_CONNECTIONS true")]
    [InlineData("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'builder'", "UPDATE pg_database SET datconnlimit = -1 WHERE datname = '{0}'")]
    public async Task One_that_was_closed_or_half_dropped_is_replaced_and_there_is_a_way_back(string closes, string opens)
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var expected = (await TestSet.Access(Chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest;
        await ExecuteAsync("builder", "CREATE TABLE of_the_former_database ()");
        await ExecuteAsync("postgres", closes);

        var (id, previous) = await AssertReplacedAsync(app, expected);

        // As docs/restore.md has it.
        await ExecuteAsync("postgres", "ALTER DATABASE builder RENAME TO builder_taken_back");
        await ExecuteAsync("postgres", $"ALTER DATABASE {previous} RENAME TO builder");
        await ExecuteAsync("postgres", string.Format(System.Globalization.CultureInfo.InvariantCulture, opens, "builder"));
        Assert.Equal(0L, await ScalarAsync("builder", "SELECT count(*) FROM of_the_former_database"));
        await ExecuteAsync("builder", "DROP TABLE of_the_former_database");
        await ExecuteAsync("postgres", "DROP DATABASE builder_taken_back");
        await DropPreviousAsync(app, id);
    }

    [Fact]
    public async Task One_whose_files_are_lost_is_replaced_and_can_be_dropped()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var expected = (await TestSet.Access(Chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest;
        var files = Path.Combine(Chain.Builder.Postgres.DataFolder, "base", (string)(await ScalarAsync("postgres", "SELECT oid::text FROM pg_database WHERE datname = 'builder'"))!);
        await ExecuteAsync("postgres", "CHECKPOINT");
        Directory.Delete(files, recursive: true);

        var (id, previous) = await AssertReplacedAsync(app, expected);

        await DropPreviousAsync(app, id);
        Assert.Null(await TestSet.Access(Chain.Builder.Postgres).FindOwnerAsync(previous, Token));
    }

    private async Task<(string Id, string Previous)> AssertReplacedAsync(ChainApp app, string expected)
    {
        var plan = Succeeded(await RestoreAsync(app, new { mode = "plan", parts = DatabaseOnly }), app).GetProperty("result").GetProperty("plan");
        Assert.True(plan.GetProperty("problems").GetArrayLength() == 0, plan.ToString());
        var database = Assert.Single(plan.GetProperty("databases").EnumerateArray());
        Assert.Equal("hab", database.GetProperty("owner").GetString());
        Assert.StartsWith("builder_before_", database.GetProperty("before").GetString(), StringComparison.Ordinal);

        var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), app);

        Assert.Equal(expected, (await TestSet.Access(Chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest);
        Assert.DoesNotContain(
            operation.GetProperty("result").GetProperty("warnings").EnumerateArray(),
            warning => warning.GetString()!.Contains("was not carried over", StringComparison.Ordinal));
        return (operation.GetProperty("id").GetString()!, Assert.Single(operation.GetProperty("result").GetProperty("previous").EnumerateArray()).GetString()!);
    }

    private static async Task DropPreviousAsync(ChainApp app, string id)
    {
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{id}/previous", Token);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
    }

    private Task ExecuteAsync(string database, string sql) => Chain.Builder.Postgres.ExecuteAsync(database, sql, Token);
}
