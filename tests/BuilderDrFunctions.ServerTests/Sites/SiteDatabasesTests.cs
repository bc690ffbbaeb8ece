using System.Runtime.Versioning;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Habitat;
using BuilderDrFunctions.Sites;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Sites;

/// <summary>Which databases are a site's, on a server that has several, through a stand-in Builder's own configuration.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SiteDatabasesTests : IAsyncLifetime
{
    private PostgresCluster cluster = null!;
    private BuilderHost builder = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
        var settings = new BuilderSettings { PostgresHost = cluster.Host, PostgresPort = cluster.Port, PostgresPassword = cluster.Password, S3SecretKey = "s3 secret" };
        builder = await Servers.StartOwnAsync(token => BuilderHost.StartNewAsync(settings, token));
        foreach (var database in new[] { "builder", "builder_prod", "builder_originsrv" })
        {
            await cluster.CreateDatabaseAsync(database, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await builder.DisposeAsync();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task The_database_that_Builder_connects_to_is_dumped_and_not_another_one_that_is_called_builder()
    {
        Assert.Equal(["builder"], await DatabasesAsync(), StringComparer.Ordinal);
        await NameAsync("builder_prod");
        Assert.Equal(["builder_prod"], await DatabasesAsync(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_the_operator_names_wins()
    {
        await NameAsync("builder_prod");
        Assert.Equal(["builder"], await DatabasesAsync(new PostgresOptions { Database = "builder" }), StringComparer.Ordinal);
    }

    [Fact]
    public async Task One_of_the_databases_from_before_the_merges_is_never_taken_for_all_of_a_Builder()
    {
        // What an interrupted merge left, or what Builder works with: nobody but the operator can tell.
        await NameAsync("builder_originsrv");
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => DatabasesAsync());
        Assert.Equal("DR1035", fault.Code);
        Assert.Contains("'builder_originsrv'", fault.What, StringComparison.Ordinal);
        Assert.Equal(["builder"], await DatabasesAsync(new PostgresOptions { Database = "builder" }), StringComparer.Ordinal);

        await cluster.ExecuteAsync("postgres", "ALTER DATABASE builder RENAME TO dropped", Token);
        Assert.Equal(["builder_originsrv"], await DatabasesAsync(), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("builder")]
    public async Task A_closed_database_is_named_and_what_it_was_merged_from_does_not_take_its_place(string? named)
    {
        await cluster.ExecuteAsync("postgres", "ALTER DATABASE builder ALLOW_CONNECTIONS false", Token);
        if (named is not null)
        {
            Assert.Equal(["builder"], await DatabasesAsync(new PostgresOptions { Database = named }), StringComparer.Ordinal);
            return;
        }

        var fault = await Assert.ThrowsAnyAsync<FaultException>(() => DatabasesAsync());
        Assert.Equal("DR3005", fault.Code);
        Assert.Contains("builder", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named_and_no_other_one_takes_its_place()
    {
        await NameAsync("builder_gone");
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => DatabasesAsync());
        Assert.Equal("DR1034", fault.Code);
        Assert.Contains("'builder_gone'", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_fenced_off_still_tells_whose_it_is()
    {
        await cluster.ExecuteAsync("postgres", "CREATE ROLE plain LOGIN PASSWORD 'pw'; ALTER DATABASE builder OWNER TO plain; ALTER DATABASE builder CONNECTION LIMIT 0", Token);
        var postgres = new PostgresOptions { Host = cluster.Host, Port = cluster.Port, Username = "plain", Password = "pw" };
        await using var site = new SiteConnection("main", new SiteOptions { Postgres = postgres }, TimeProvider.System);
        var server = await site.GetPostgresAsync(Token);

        Assert.Equal("DR3009", (await Assert.ThrowsAsync<TransientFaultException>(() => server.ListOwnersAsync("builder", Token))).Code);
        Assert.Equal("plain", await site.FindOwnerAsync("builder", Token));
    }

    [Fact]
    public async Task A_bucket_behind_a_tunnel_is_called_by_the_address_that_an_operator_knows()
    {
        await using var site = new SiteConnection("main", new SiteOptions { Service = builder.ServiceOptions() }, TimeProvider.System);

        var store = await site.GetArtifactsAsync(Token);

        Assert.Equal("http://127.0.0.1:9000/habitat-builder-artifact-store.local (through SSH)", store.Description);
    }

    private async Task NameAsync(string database)
    {
        var path = Path.Combine(builder.Tree, "svc/builder-api/config/config.toml");
        var config = await File.ReadAllTextAsync(path, Token);
        await File.WriteAllTextAsync(path, config.Replace("[datastore]", $"[datastore]\ndatabase = \"{database}\"", StringComparison.Ordinal), Token);
    }

    private async Task<IReadOnlyList<string>> DatabasesAsync(PostgresOptions? postgres = null)
    {
        await using var site = new SiteConnection("main", new SiteOptions { Postgres = postgres ?? new PostgresOptions(), Service = builder.ServiceOptions() }, TimeProvider.System);
        return await site.GetDatabasesAsync(Token);
    }
}
