using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests;
using BuilderDrFunctions.ServerTests.Merge;
using Xunit;

[assembly: AssemblyFixture(typeof(Servers))]

namespace BuilderDrFunctions.ServerTests;

/// <summary>The servers that all tests share: each is started once, by the first test that asks for it. State is per test: a database, a container, a bucket, a folder.</summary>
/// <remarks>A server that is not installed skips the test at a desk and fails it on CI.</remarks>
public sealed class Servers : IAsyncDisposable
{
    private readonly SharedServer<PostgresCluster> postgres = new(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
    private readonly SharedServer<AzuriteServer> azurite = new(token => AzuriteServer.StartNewAsync(inMemory: true, token));
    private readonly SharedServer<S3Server> s3 = new(S3Server.StartNewAsync);
    private readonly SharedServer<SshServer> ssh = new(token => SshServer.StartNewAsync(new SshServerOptions(), token));

    private readonly SharedServer<TestDatabase> filled;

    private static int lastNumber;

    /// <summary>Starts nothing yet.</summary>
    public Servers()
    {
        filled = new SharedServer<TestDatabase>(FillTemplateAsync);
        Legacy = new LegacyTemplates(PostgresAsync);
    }

    /// <summary>Databases of a Builder from before August 2018, on the shared cluster.</summary>
    public LegacyTemplates Legacy { get; }

    /// <summary>A PostgreSQL cluster; a test that stops or breaks its server starts its own.</summary>
    public Task<PostgresCluster> PostgresAsync() => StartedAsync(postgres);

    /// <summary>Azure's blob service, in memory.</summary>
    public Task<AzuriteServer> AzuriteAsync() => StartedAsync(azurite);

    /// <summary>An S3 endpoint.</summary>
    public Task<S3Server> S3Async() => StartedAsync(s3);

    /// <summary>An SSH server whose sessions see this machine as it is.</summary>
    public Task<SshServer> SshAsync() => StartedAsync(ssh);

    /// <summary>A name no other test of this run has: lower-case letters and digits, right for databases, buckets and containers.</summary>
    public static string NewName(string prefix) => $"{prefix}{Environment.ProcessId}x{Interlocked.Increment(ref lastNumber)}";

    /// <summary>Starts a server of a test's own, under the same rule for one that is not installed.</summary>
    public static async Task<T> StartOwnAsync<T>(Func<CancellationToken, Task<T>> start)
    {
        try
        {
            return await start(TestContext.Current.CancellationToken);
        }
        catch (MissingServerException missing) when (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.Ordinal))
        {
            Assert.Skip(missing.Message);
            throw;
        }
    }

    /// <summary>An empty database of the shared cluster, dropped when disposed.</summary>
    public async Task<TestDatabase> NewDatabaseAsync()
    {
        var cluster = await PostgresAsync();
        var name = NewName("db");
        await cluster.CreateDatabaseAsync(name, TestContext.Current.CancellationToken);
        return new TestDatabase(cluster, name);
    }

    /// <summary>A Builder's database with 200 packages, of which 50 have an artifact (<see cref="DataSize.Tiny"/>); a copy of one that is filled once.</summary>
    public async Task<TestDatabase> NewBuilderDatabaseAsync()
    {
        var template = await StartedAsync(filled);
        var name = NewName("builder");
        await template.Cluster.CreateDatabaseAsync(name, TestContext.Current.CancellationToken, template.Name);
        return new TestDatabase(template.Cluster, name);
    }

    /// <summary>A new, empty container's address.</summary>
    public async Task<string> NewContainerAsync()
    {
        var server = await AzuriteAsync();
        return await server.CreateContainerAsync(NewName("vault"), TestContext.Current.CancellationToken);
    }

    /// <summary>A new, empty bucket's name.</summary>
    public async Task<string> NewBucketAsync()
    {
        var server = await S3Async();
        var bucket = NewName("bucket");
        await server.CreateBucketAsync(bucket, TestContext.Current.CancellationToken);
        return bucket;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await s3.DisposeAsync();
        await filled.DisposeAsync();
        await postgres.DisposeAsync();
        await azurite.DisposeAsync();
        await ssh.DisposeAsync();
        Legacy.Dispose();
    }

    private async Task<TestDatabase> FillTemplateAsync(CancellationToken cancellationToken)
    {
        var cluster = await postgres.GetAsync(cancellationToken);
        var name = NewName("filled");
        await cluster.CreateDatabaseAsync(name, cancellationToken);
        await using var connection = await cluster.OpenAsync(name, cancellationToken);
        await new PackageGenerator(DataSize.Tiny, BuilderSettings.DefaultKeys).FillAsync(connection, cancellationToken);
        return new TestDatabase(cluster, name);
    }

    private static Task<T> StartedAsync<T>(SharedServer<T> server)
        where T : class, IAsyncDisposable => StartOwnAsync(server.GetAsync);
}

/// <summary>A test's own database.</summary>
public sealed class TestDatabase(PostgresCluster cluster, string name) : IAsyncDisposable
{
    /// <summary>Its server.</summary>
    public PostgresCluster Cluster { get; } = cluster;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>For Npgsql, without pooling.</summary>
    public string ConnectionString => Cluster.ConnectionString(Name);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Cluster.DropDatabaseAsync(Name, CancellationToken.None);
}
