using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Recovery;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>A live and a restored database with a word in each, and the names they go by.</summary>
internal sealed class Names : IAsyncDisposable
{
    private Names(PostgresCluster cluster, bool withLive)
    {
        Cluster = cluster;
        Live = Servers.NewName("live");
        Order = new SwapOrder("restore-20261122T020000Z-main-1a2b", "main", "label", Force: false, [new SwapPair(Live, Restoring, withLive ? Before : null)]);
        Swap = new DatabaseSwap(TestSet.Access(cluster), TimeProvider.System) { UntilSessionsEnd = TimeSpan.FromSeconds(1) };
    }

    public PostgresCluster Cluster { get; }

    public string Live { get; }

    public string Restoring => Live + "_restoring";

    public string Before => Live + "_before";

    public SwapOrder Order { get; }

    public DatabaseSwap Swap { get; }

    public static async Task<Names> NewAsync(Servers servers, bool withLive)
    {
        var names = new Names(await servers.PostgresAsync(), withLive);
        await names.CreateAsync(names.Restoring, "restored");
        if (withLive)
        {
            await names.CreateAsync(names.Live, "former");
        }

        return names;
    }

    public PostgresServer AccessAs(string role, string password) => new(
        new PostgresEndpoint { Host = Cluster.Host, Port = Cluster.Port, Username = role, Password = password, Tools = Cluster.ToolsFolder }, host: null);

    public async Task<string> ContentAsync(string database)
    {
        await using var connection = await Cluster.OpenAsync(database, TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("SELECT word FROM content", connection);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async Task<bool> ExistsAsync(string database) =>
        await TestSet.Access(Cluster).FindDatabaseAsync(database, TestContext.Current.CancellationToken) is not null;

    public async ValueTask DisposeAsync()
    {
        foreach (var name in new[] { Live, Restoring, Before })
        {
            await Cluster.DropDatabaseAsync(name, CancellationToken.None);
        }

        await Cluster.ExecuteAsync("postgres", $"""DROP ROLE IF EXISTS "{Live}" """, CancellationToken.None);
    }

    private async Task CreateAsync(string name, string word)
    {
        await Cluster.CreateDatabaseAsync(name, TestContext.Current.CancellationToken);
        await Cluster.ExecuteAsync(name, $"CREATE TABLE content AS SELECT '{word}' AS word", TestContext.Current.CancellationToken);
    }
}
