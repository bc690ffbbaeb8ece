using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.Sandbox.Secrets;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Sandbox;

/// <summary>A whole stand-in Builder on loopback, with data, and the vault to back it up into.</summary>
public sealed class BuilderSandbox : IAsyncDisposable
{
    private const int Uploads = 8;

    private readonly SandboxOptions options;
    private readonly List<IAsyncDisposable> started = [];
    private PostgresCluster? postgres;
    private S3Server? s3;
    private AzuriteServer? azurite;
    private BuilderHost? host;

    private BuilderSandbox(SandboxOptions options)
    {
        this.options = options;
        Generator = new PackageGenerator(options.Size, options.Keys, options.Seed);
    }

    /// <summary>The database server, with the database filled.</summary>
    public PostgresCluster Postgres => postgres ?? throw NotStarted();

    /// <summary>The object store, with the artifacts in the bucket.</summary>
    public S3Server S3 => s3 ?? throw NotStarted();

    /// <summary>The vault's account.</summary>
    public AzuriteServer Azurite => azurite ?? throw NotStarted();

    /// <summary>The Builder's machine.</summary>
    public BuilderHost Host => host ?? throw NotStarted();

    /// <summary>What the data was made by: its packages and their artifacts.</summary>
    public PackageGenerator Generator { get; }

    /// <summary>Where backup sets go.</summary>
    public string VaultUrl => Azurite.ContainerUrl(options.Container);

    /// <summary>Base64 of 32 random bytes: what keys and configuration are encrypted with.</summary>
    public string EncryptionKey { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>What nothing may tell: the servers' passwords and keys, and every key file of the Builder's machine.</summary>
    public IReadOnlyList<Secret> Secrets =>
    [
        new("database password", Postgres.Password),
        new("S3 secret key", S3.SecretKey),
        new("storage account key", Azurite.AccountKey),
        new("encryption key of sets", EncryptionKey),
        new("Builder access token", Host.Uploads.Token),
        .. Secret.OfKeyFile(Host.Ssh.PrivateKeyFile),
        .. Directory.EnumerateFiles(Host.Tree, "*.key", SearchOption.AllDirectories).SelectMany(Secret.OfKeyFile),
    ];

    /// <summary>What the application needs to find everything by discovery: how to log in on the host, and the vault.</summary>
    public IReadOnlyDictionary<string, string> AppSettings
    {
        get
        {
            var site = $"Sites__{options.Site}__";
            var settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [site + "Service__Control"] = "ssh",
                [site + "Service__Host"] = Host.Ssh.Host,
                [site + "Service__Port"] = Host.Ssh.Port.ToString(CultureInfo.InvariantCulture),
                [site + "Service__User"] = Host.Ssh.User,
                [site + "Service__PrivateKeyFile"] = Host.Ssh.PrivateKeyFile,
                [site + "Service__HostKeyFingerprint"] = Host.Ssh.HostKeyFingerprint,
                [site + "Service__Name"] = "habitat/builder-api",
                [site + "Service__StatusUrl"] = Host.StatusUrl,
                [site + "Postgres__Tools"] = Postgres.ToolsFolder,
                ["Vault__Url"] = VaultUrl,
                ["Vault__ConnectionString"] = Azurite.ConnectionString,
                ["Vault__Encryption__Key"] = EncryptionKey,
                ["Schedules__Site"] = options.Site,
            };
            if (!string.Equals(Host.HabRoot, "/hab", StringComparison.Ordinal))
            {
                settings[site + "Service__HabRoot"] = Host.HabRoot;
            }

            return settings;
        }
    }

    /// <summary>The same with database and bucket configured, so that nothing is left to discover.</summary>
    public IReadOnlyDictionary<string, string> ExplicitAppSettings
    {
        get
        {
            var site = $"Sites__{options.Site}__";
            var settings = new Dictionary<string, string>(AppSettings, StringComparer.Ordinal)
            {
                [site + "Postgres__Host"] = Postgres.Host,
                [site + "Postgres__Port"] = Postgres.Port.ToString(CultureInfo.InvariantCulture),
                [site + "Postgres__Username"] = Postgres.Username,
                [site + "Postgres__Password"] = Postgres.Password,
                [site + "Artifacts__Endpoint"] = S3.Url,
                [site + "Artifacts__Bucket"] = options.Bucket,
                [site + "Artifacts__AccessKey"] = S3.AccessKey,
                [site + "Artifacts__SecretKey"] = S3.SecretKey,
                [site + "Artifacts__Region"] = S3.Region,
            };
            if (options.Legacy is null)
            {
                settings[site + "Postgres__Database"] = options.Database;
            }

            return settings;
        }
    }

    /// <summary>Starts the servers side by side and fills them; whatever fails, nothing is left running.</summary>
    public static async Task<BuilderSandbox> StartAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        var sandbox = new BuilderSandbox(options);
        try
        {
            await Task.WhenAll(
                sandbox.StartPostgresAsync(cancellationToken),
                sandbox.StartS3Async(cancellationToken),
                sandbox.StartAzuriteAsync(cancellationToken));
            sandbox.host = await sandbox.MeasureAsync(
                "Builder host", () => BuilderHost.StartNewAsync(BuilderSettings.For(sandbox.Postgres, sandbox.S3, options.Bucket) with { Keys = options.Keys }, cancellationToken));
            return sandbox;
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable[] all;
        lock (started)
        {
            all = [.. Enumerable.Reverse(started)];
            started.Clear();
        }

        await Task.WhenAll(all.Select(server => server.DisposeAsync().AsTask()));
    }

    private static InvalidOperationException NotStarted() => new("the sandbox is not started");

    private async Task StartPostgresAsync(CancellationToken cancellationToken)
    {
        postgres = await MeasureAsync("PostgreSQL", () => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), cancellationToken));
        var began = Stopwatch.GetTimestamp();
        if (options.Legacy is { } legacy)
        {
            await new LegacyGenerator(legacy, options.Keys, options.Seed).FillShardedAsync(postgres, cancellationToken);
            Report(string.Create(CultureInfo.InvariantCulture, $"{legacy.Packages} packages loaded into shards"), began);
            return;
        }

        await postgres.CreateDatabaseAsync(options.Database, cancellationToken);
        await using var connection = await postgres.OpenAsync(options.Database, cancellationToken);
        await Generator.FillAsync(connection, cancellationToken);
        Report(string.Create(CultureInfo.InvariantCulture, $"{options.Size.Packages} packages loaded"), began);
    }

    private async Task StartS3Async(CancellationToken cancellationToken)
    {
        s3 = await MeasureAsync("S3", () => S3Server.StartNewAsync(cancellationToken));
        var began = Stopwatch.GetTimestamp();
        await s3.CreateBucketAsync(options.Bucket, cancellationToken);
        if (options.Legacy is not null)
        {
            return;
        }

        await Parallel.ForEachAsync(
            Generator.WithArtifacts(),
            new ParallelOptions { MaxDegreeOfParallelism = Uploads, CancellationToken = cancellationToken },
            async (package, token) => await s3.PutAsync(options.Bucket, package.ArtifactKey, Generator.Artifact(package), token));
        Report(string.Create(CultureInfo.InvariantCulture, $"{options.Size.Artifacts} artifacts uploaded"), began);
    }

    private async Task StartAzuriteAsync(CancellationToken cancellationToken)
    {
        azurite = await MeasureAsync("Azurite", () => AzuriteServer.StartNewAsync(options.VaultInMemory, cancellationToken));
        await azurite.CreateContainerAsync(options.Container, cancellationToken);
    }

    private async Task<T> MeasureAsync<T>(string what, Func<Task<T>> start)
        where T : IAsyncDisposable
    {
        var began = Stopwatch.GetTimestamp();
        var server = await start();
        lock (started)
        {
            started.Add(server);
        }

        Report(what + " started", began);
        return server;
    }

    private void Report(string what, long began) =>
        options.Report(string.Create(CultureInfo.InvariantCulture, $"{what} in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
}
