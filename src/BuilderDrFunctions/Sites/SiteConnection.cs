using System.Net;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Sites;

/// <summary>One Builder in use: settings first, Builder's own <c>config.toml</c> for the rest, each part made when it is first asked for.</summary>
/// <remarks>
/// What was read from <c>config.toml</c> over SSH is an address as the Builder host sees it, so it is reached through a tunnel. An address that
/// the operator configured is reached directly.
/// </remarks>
internal sealed class SiteConnection(string name, SiteOptions options, TimeProvider time) : ISiteConnection
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private IBuilderHost? _host;
    private BuilderConfig? _config;
    private PostgresServer? _postgres;
    private S3ObjectStore? _artifacts;
    private IServiceControl? _api;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string HabRoot => options.Service.HabRoot;

    private bool HasHost => options.Service.Control is not "none";

    /// <inheritdoc/>
    public Task<IBuilderHost?> GetHostAsync(CancellationToken cancellationToken) => OnceAsync(() => Task.FromResult(Host()), cancellationToken);

    /// <inheritdoc/>
    public Task<PostgresServer> GetPostgresAsync(CancellationToken cancellationToken) =>
        OnceAsync(async () => _postgres ??= new PostgresServer(await EndpointAsync(cancellationToken), Host()), cancellationToken);

    /// <inheritdoc/>
    public Task<DumpLister> GetDumpListerAsync(CancellationToken cancellationToken) => OnceAsync(
        () => Task.FromResult(new DumpLister(options.Postgres.Tools, options.Postgres.ToolsCommand, options.Postgres.Tools is PostgresTools.OverSsh ? Host() : null)),
        cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> GetDatabasesAsync(CancellationToken cancellationToken)
    {
        var postgres = await GetPostgresAsync(cancellationToken);
        if (await FindDatabaseNameAsync(cancellationToken) is { } one)
        {
            // It may be closed, which what is asked of it next tells.
            return await postgres.FindOwnerAsync(one, cancellationToken) is not null ? [one] : throw SiteFaults.DatabaseMissing(name, one, postgres.Description);
        }

        IReadOnlyList<string> found = [.. (await postgres.ListBuilderDatabasesAsync(cancellationToken)).Select(database => database.Name)];
        return await NamedByBuilderAsync(cancellationToken) is { } named && PostgresServer.IsFromBeforeTheMerges(named) && !found.Contains(named, StringComparer.Ordinal)
            ? throw SiteFaults.DatabaseUnclear(name, named, found, postgres.Description)
            : found;
    }

    /// <inheritdoc/>
    public async Task<string?> FindDatabaseNameAsync(CancellationToken cancellationToken) =>
        options.Postgres.Database is { Length: > 0 } one ? one
        : await NamedByBuilderAsync(cancellationToken) is { Length: > 0 } named && named != PostgresServer.Builder && !PostgresServer.IsFromBeforeTheMerges(named) ? named
        : null;

    /// <inheritdoc/>
    public async Task<string?> FindOwnerAsync(string database, CancellationToken cancellationToken)
    {
        if (options.Postgres.Owner is { Length: > 0 } given)
        {
            return given;
        }

        var postgres = await GetPostgresAsync(cancellationToken);
        return await FindLiveOwnerAsync(postgres, database, cancellationToken)
            ?? await OnceAsync(async () => (await ConfigAsync(cancellationToken))?.Datastore.User, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IObjectStore> GetArtifactsAsync(CancellationToken cancellationToken) =>
        OnceAsync<IObjectStore>(async () => _artifacts ??= new S3ObjectStore(await BucketAsync(cancellationToken), time), cancellationToken);

    /// <inheritdoc/>
    public Task<IServiceControl> GetApiAsync(CancellationToken cancellationToken) =>
        OnceAsync(() => Task.FromResult(_api ??= BuilderHostFactory.CreateServiceControl(options.Service, Host(), time)), cancellationToken);

    /// <inheritdoc/>
    public Task<IServiceControl> GetServiceAsync(string service, CancellationToken cancellationToken) =>
        OnceAsync(() => Task.FromResult(BuilderHostFactory.CreateServiceControl(options.Service, service, Host(), time)), cancellationToken);

    /// <inheritdoc/>
    public Task<ConfigurationCapture?> GetConfigurationAsync(CancellationToken cancellationToken) =>
        OnceAsync(() => Task.FromResult(Host() is { } host ? new ConfigurationCapture(host, options.Service) : null), cancellationToken);

    /// <inheritdoc/>
    public Task<BuilderApiClient> GetBuilderApiAsync(CancellationToken cancellationToken) =>
        OnceAsync(() => Task.FromResult(new BuilderApiClient(options.Builder, Host())), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _gate.Dispose();
    }

    /// <summary>What Builder's own configuration says, where its server's address came out of that file too.</summary>
    private async Task<string?> NamedByBuilderAsync(CancellationToken cancellationToken) =>
        IsPostgresGiven ? null : (await OnceAsync(() => ConfigAsync(cancellationToken), cancellationToken))?.Datastore.Database;

    private bool IsPostgresGiven => options.Postgres is { Host.Length: > 0, Password.Length: > 0 };

    // One that lets nobody in does not tell whose its tables are.
    private static async Task<string?> FindLiveOwnerAsync(PostgresServer postgres, string database, CancellationToken cancellationToken)
    {
        try
        {
            return await postgres.ListOwnersAsync(database, cancellationToken) is [var live, ..] ? live : null;
        }
        catch (FaultException fault) when (fault is PermanentFaultException or { Code: PostgresFaults.TooManyConnectionsCode or PostgresFaults.OtherErrorCode })
        {
            return await postgres.FindOwnerAsync(database, cancellationToken);
        }
    }

    private IBuilderHost? Host() => _host ??= BuilderHostFactory.CreateHost(options.Service);

    private async Task<BuilderConfig?> ConfigAsync(CancellationToken cancellationToken) =>
        Host() is { } host ? _config ??= await BuilderConfig.ReadAsync(host, options.Service.HabRoot, cancellationToken) : null;

    private async Task<PostgresEndpoint> EndpointAsync(CancellationToken cancellationToken)
    {
        var given = options.Postgres;
        var found = IsPostgresGiven ? null : (await ConfigAsync(cancellationToken))?.Datastore;
        var host = Required("Postgres:Host", given.Host, found?.Host);
        var port = given.Port ?? found?.Port ?? 5432;
        var direct = given.Host is { Length: > 0 } || Host() is not { } builder ? (host, port) : await builder.ReachAsync(host, port, cancellationToken);
        return new PostgresEndpoint
        {
            Host = direct.Item1,
            Port = direct.Item2,
            HostOnBuilder = host,
            PortOnBuilder = port,
            Username = given.Username ?? found?.User ?? "hab",
            Password = Required("Postgres:Password", given.Password, found?.Password),
            SslMode = given.SslMode ?? found?.SslMode ?? "prefer",
            SslRootCertificate = given.SslRootCertificate,
            ServerName = direct.Item1 == host ? null : host,
            Tools = given.Tools,
            ToolsCommand = given.ToolsCommand,
        };
    }

    private async Task<ArtifactsOptions> BucketAsync(CancellationToken cancellationToken)
    {
        var given = options.Artifacts;
        var complete = given is { Endpoint.Length: > 0, Bucket.Length: > 0, AccessKey.Length: > 0, SecretKey.Length: > 0 };
        var found = complete ? null : (await ConfigAsync(cancellationToken))?.S3;
        var (endpoint, tunneledTo) = given.Endpoint.Length > 0 ? (given.Endpoint, null) : await FoundEndpointAsync(found, cancellationToken);
        return given with
        {
            Endpoint = endpoint,
            TunneledTo = tunneledTo,
            Bucket = Required("Artifacts:Bucket", given.Bucket, found?.Bucket),
            AccessKey = Required("Artifacts:AccessKey", given.AccessKey, found?.KeyId),
            SecretKey = Required("Artifacts:SecretKey", given.SecretKey, found?.SecretKey),
            Region = found?.Region ?? given.Region,
        };
    }

    private Task<(string Endpoint, string? TunneledTo)> FoundEndpointAsync(BuilderS3? found, CancellationToken cancellationToken) => found is { Region: { Length: > 0 } region }
        ? Task.FromResult<(string, string?)>(($"https://s3.{region}.amazonaws.com", null))
        : ReachAsync(Required("Artifacts:Endpoint", null, found?.Endpoint), cancellationToken);

    /// <summary>Plain http is what a Builder's own MinIO serves to its host: it takes the tunnel. https names a host whose certificate must match.</summary>
    private async Task<(string Endpoint, string? TunneledTo)> ReachAsync(string endpoint, CancellationToken cancellationToken)
    {
        var url = new Uri(endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : "http://" + endpoint);
        if (Host() is not { } host || (url.Scheme == Uri.UriSchemeHttps && !IsLoopback(url.Host)))
        {
            return (url.AbsoluteUri, null);
        }

        var (address, port) = await host.ReachAsync(url.Host, url.Port, cancellationToken);
        var isFar = address != url.Host || port != url.Port;
        return (new UriBuilder(url) { Host = address, Port = port }.Uri.AbsoluteUri, isFar ? url.GetLeftPart(UriPartial.Authority) : null);
    }

    private static bool IsLoopback(string host) => host is "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private string Required(string setting, string? given, string? found) =>
        given is { Length: > 0 } ? given : found is { Length: > 0 } ? found : throw SiteFaults.Missing(name, setting, HasHost);

    private async Task<T> OnceAsync<T>(Func<Task<T>> make, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await make();
        }
        finally
        {
            _gate.Release();
        }
    }
}
