using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sites;

namespace BuilderDrFunctions.Tests.Monitoring;

/// <summary>One Builder of which only the API's service, or only the bucket, is of interest.</summary>
internal sealed class FakeSite : ISiteDirectory, ISiteConnection, IServiceControl
{
    public IReadOnlyList<string> Names { get; init; } = ["main"];

    public string Name => "main";

    public string HabRoot => "/hab";

    public bool CanControl { get; set; } = true;

    /// <summary>What the supervisor answers; may take its time, or throw.</summary>
    public Func<CancellationToken, Task<ServiceState>> State { get; set; } = static _ => Task.FromResult(ServiceState.Up);

    public bool Serves { get; set; } = true;

    public IObjectStore? Bucket { get; init; }

    /// <summary>What happens while the API is stopped.</summary>
    public Func<Task> WhileStopping { get; set; } = static () => Task.CompletedTask;

    public ISiteConnection Open(string site) => this;

    public Task<IServiceControl> GetApiAsync(CancellationToken cancellationToken) => Task.FromResult<IServiceControl>(this);

    public Task<ServiceState> GetStateAsync(CancellationToken cancellationToken) => State(cancellationToken);

    public bool WantedUp { get; set; } = true;

    public Task<bool> IsWantedUpAsync(CancellationToken cancellationToken) => Task.FromResult(WantedUp);

    public Task<IReadOnlyList<string>> ListRunningAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ProbeAsync(CancellationToken cancellationToken) => Task.FromResult(Serves);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await WhileStopping();
        Serves = false;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Serves = true;
        return Task.CompletedTask;
    }

    public Task<IBuilderHost?> GetHostAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PostgresServer> GetPostgresAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DumpLister> GetDumpListerAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string?> FindDatabaseNameAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> GetDatabasesAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string?> FindOwnerAsync(string database, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IObjectStore> GetArtifactsAsync(CancellationToken cancellationToken) => Task.FromResult(Bucket ?? throw new NotSupportedException());

    public Task<IServiceControl> GetServiceAsync(string service, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ConfigurationCapture?> GetConfigurationAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<BuilderApiClient> GetBuilderApiAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
