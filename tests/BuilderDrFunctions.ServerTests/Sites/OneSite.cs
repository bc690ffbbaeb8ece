using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.Sites;

namespace BuilderDrFunctions.ServerTests.Sites;

/// <summary>A site of a test's database server alone, for activities that are run without an app.</summary>
internal sealed class OneSite(PostgresCluster cluster) : ISiteDirectory
{
    public IReadOnlyList<string> Names { get; } = ["main"];

    public ISiteConnection Open(string site) => new SiteConnection(
        site,
        new SiteOptions
        {
            Postgres = new PostgresOptions { Host = cluster.Host, Port = cluster.Port, Username = cluster.Username, Password = cluster.Password, Tools = cluster.ToolsFolder },
        },
        TimeProvider.System);
}
