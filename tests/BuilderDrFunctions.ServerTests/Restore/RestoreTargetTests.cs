using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>Which database a replacement replaces, where Builder's own is not called as the dump's.</summary>
public sealed class RestoreTargetTests(ChainSandbox chain) : RestoreRequests(chain)
{
    private const string Own = "builder_prod";
    private const string Published = "core/published/1.0/20261129000000/x86_64/linux/core-published-1.0-20261129000000-x86_64-linux.hart";
    private static readonly string[] DatabaseAndArtifacts = ["database", "artifacts"];

    [Fact]
    public async Task The_database_that_Builder_works_with_is_replaced_and_its_neighbour_is_left_alone()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        await using var own = await WorkWithAsync(app);
        await ExecuteAsync(Own, "CREATE TABLE published_since_the_backup ()");
        await ExecuteAsync("builder", "CREATE TABLE of_the_neighbour ()");
        try
        {
            var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), app);

            Assert.Equal(0L, await ScalarAsync(Own, "SELECT count(*) FROM pg_tables WHERE tablename = 'published_since_the_backup'"));
            Assert.Equal(1L, await ScalarAsync("builder", "SELECT count(*) FROM pg_tables WHERE tablename = 'of_the_neighbour'"));
            var previous = Assert.Single(operation.GetProperty("result").GetProperty("previous").EnumerateArray()).GetString()!;
            Assert.StartsWith("builder_prod_before_", previous, StringComparison.Ordinal);
            await ExecuteAsync("postgres", $"DROP DATABASE {previous}");
        }
        finally
        {
            await ExecuteAsync("builder", "DROP TABLE of_the_neighbour");
        }
    }

    [Fact]
    public async Task What_Builder_still_needs_is_not_pruned_for_a_database_that_it_does_not_work_with()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        await using var own = await WorkWithAsync(app);
        await Chain.Builder.S3.PutAsync(Bucket, Published, "since the backup"u8.ToArray(), Token);

        var plan = Succeeded(await RestoreAsync(app, new { mode = "plan", database = "builder", parts = DatabaseAndArtifacts }), app).GetProperty("result").GetProperty("plan");
        Assert.Contains(plan.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.StartsWith("Builder works with 'builder_prod'", StringComparison.Ordinal));
        Assert.Equal(0, plan.GetProperty("problems").GetArrayLength());

        plan = Succeeded(await RestoreAsync(app, new { mode = "plan", database = "builder", prune = true, parts = DatabaseAndArtifacts }), app);
        Assert.Contains("DR8052", plan.GetProperty("result").GetProperty("plan").GetProperty("problems").ToString(), StringComparison.Ordinal);
        var request = new { mode = "replace", confirm = "main", database = "builder", prune = true, plan = plan.GetProperty("id").GetString(), parts = DatabaseAndArtifacts };
        try
        {
            Assert.NotEqual("succeeded", (await RestoreAsync(app, request)).GetProperty("state").GetString(), StringComparer.Ordinal);
        }
        catch (HttpRequestException refused)
        {
            Assert.Contains("DR1004", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await CountAsync(Published));
    }

    private async Task<TestDatabase> WorkWithAsync(ChainApp app)
    {
        await ExecuteAsync("postgres", $"CREATE DATABASE {Own} TEMPLATE builder");
        await RestartAsync(app.Process, "Sites__main__Postgres__Database", Own);
        return new TestDatabase(Chain.Builder.Postgres, Own);
    }

    private Task ExecuteAsync(string database, string sql) => Chain.Builder.Postgres.ExecuteAsync(database, sql, Token);
}
