using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Sites;

/// <summary>One Builder in use: each part is connected when it is first asked for and closed with this object.</summary>
/// <remarks>What the operator did not configure is read from the Builder's own <c>config.toml</c>; explicit settings win.</remarks>
public interface ISiteConnection : IAsyncDisposable
{
    /// <summary>The site's name.</summary>
    string Name { get; }

    /// <summary>Where Habitat lies on that machine, such as <c>/hab</c>.</summary>
    string HabRoot { get; }

    /// <summary>The machine Builder runs on, or null where the operator gave no way to it.</summary>
    Task<IBuilderHost?> GetHostAsync(CancellationToken cancellationToken);

    /// <summary>The PostgreSQL server.</summary>
    Task<PostgresServer> GetPostgresAsync(CancellationToken cancellationToken);

    /// <summary>Lists dumps by the site's tools: as the settings name them, nothing is looked up on the Builder host.</summary>
    Task<DumpLister> GetDumpListerAsync(CancellationToken cancellationToken);

    /// <summary>The one database that the settings or Builder's own configuration name, be it there or not; null: its databases are called as Builder's are by default.</summary>
    Task<string?> FindDatabaseNameAsync(CancellationToken cancellationToken);

    /// <summary>The databases a set must hold: the one configured, else the one that Builder's own <c>[datastore] database</c> names, else <c>builder</c>, else every <c>builder_*srv</c>.</summary>
    Task<IReadOnlyList<string>> GetDatabasesAsync(CancellationToken cancellationToken);

    /// <summary>The role that Builder connects to a database as, and that what is restored must belong to: the one configured, else the one most of the live
    /// database's tables belong to, or that database itself where it cannot be opened, else <c>[datastore] user</c>. Null where nothing tells.</summary>
    Task<string?> FindOwnerAsync(string database, CancellationToken cancellationToken);

    /// <summary>The bucket of artifacts.</summary>
    Task<IObjectStore> GetArtifactsAsync(CancellationToken cancellationToken);

    /// <summary>Control over <c>habitat/builder-api</c>.</summary>
    Task<IServiceControl> GetApiAsync(CancellationToken cancellationToken);

    /// <summary>Control over a service beside the API, such as <c>builder-memcached</c>.</summary>
    Task<IServiceControl> GetServiceAsync(string service, CancellationToken cancellationToken);

    /// <summary>Reads Builder's keys and configuration; null where there is no way to the Builder host.</summary>
    Task<ConfigurationCapture?> GetConfigurationAsync(CancellationToken cancellationToken);

    /// <summary>Builder's own HTTP API.</summary>
    Task<BuilderApiClient> GetBuilderApiAsync(CancellationToken cancellationToken);
}
