using System.Net.Sockets;
using System.Security.Cryptography;
using BuilderDrFunctions.Sandbox.Processes;
using Npgsql;

namespace BuilderDrFunctions.Sandbox.Servers;

/// <summary>A private PostgreSQL cluster of Debian's programs, on a Unix socket and on 127.0.0.1; its superuser is <c>hab</c>, as in Builder's datastore.</summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder;
    private readonly LoopbackPort port;
    private readonly PostgresClusterOptions options;
    private ServerProcess? server;

    private PostgresCluster(TemporaryFolder folder, LoopbackPort port, PostgresClusterOptions options)
    {
        this.folder = folder;
        this.port = port;
        this.options = options;
        ToolsFolder = Programs.PostgresFolder();
    }

    /// <summary>127.0.0.1.</summary>
    public string Host { get; } = "127.0.0.1";

    /// <summary>TCP port, and the number in the socket's name.</summary>
    public int Port => port.Number;

    /// <summary>The folder of the Unix socket.</summary>
    public string SocketFolder => folder["socket"];

    /// <summary>The data folder.</summary>
    public string DataFolder => folder["data"];

    /// <summary>Where <c>pg_dump</c> and its like are.</summary>
    public string ToolsFolder { get; }

    /// <summary><c>hab</c>.</summary>
    public string Username { get; } = "hab";

    /// <summary>Random, for this cluster.</summary>
    public string Password { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Whether the server runs.</summary>
    public bool IsRunning => server is { HasExited: false };

    /// <summary>The server's process id.</summary>
    public int ProcessId => server?.Id ?? throw new InvalidOperationException("the cluster is stopped");

    /// <summary>Makes a cluster and starts it.</summary>
    public static async Task<PostgresCluster> StartNewAsync(PostgresClusterOptions options, CancellationToken cancellationToken)
    {
        var cluster = new PostgresCluster(new TemporaryFolder("pg", WorldTraversable), LoopbackPort.Reserve(), options);
        try
        {
            await cluster.InitializeAsync(cancellationToken);
            await cluster.StartAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection string for one database; <paramref name="pooling"/> off leaves no session behind that would block a drop.</summary>
    public string ConnectionString(string database, bool pooling = false) => new NpgsqlConnectionStringBuilder
    {
        Host = Host,
        Port = Port,
        Username = Username,
        Password = Password,
        Database = database,
        Pooling = pooling,
        Timeout = 10,
        CommandTimeout = 600,
        IncludeErrorDetail = true,
    }.ConnectionString;

    /// <summary>Opens a connection that is not pooled.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(ConnectionString(database));
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <summary>Runs SQL in one database.</summary>
    public async Task ExecuteAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(database, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Makes a database; from a template it is a copy of files, much faster than loading again.</summary>
    public Task CreateDatabaseAsync(string name, CancellationToken cancellationToken, string template = "template0") =>
        ExecuteAsync("postgres", $"""CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING 'UTF8'""", cancellationToken);

    /// <summary>Drops a database, ending its sessions; one that is not there is no error.</summary>
    public Task DropDatabaseAsync(string name, CancellationToken cancellationToken) =>
        ExecuteAsync("postgres", $"""DROP DATABASE IF EXISTS "{name}" WITH (FORCE)""", cancellationToken);

    /// <summary>Starts the server and waits until it takes connections.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsRunning)
        {
            return;
        }

        server = await ServerProcess.StartAsync(new ServerCommand("postgres", Path.Combine(ToolsFolder, "postgres"), "-D", DataFolder)
        {
            RunAs = SystemUser,
            OnParentDeath = UnixSignal.Quit,
            Environment = options.Environment,
        });
        await server.WaitUntilAsync(AnswersAsync, StartLimit, cancellationToken);
    }

    /// <summary>Stops the server: immediately, as a crash would, or after ending every session in order.</summary>
    public async Task StopAsync(bool immediate)
    {
        if (server is not null)
        {
            await server.StopAsync(immediate ? UnixSignal.Quit : UnixSignal.Interrupt, TimeSpan.FromSeconds(30));
            await server.DisposeAsync();
            server = null;
        }
    }

    /// <summary>Stops and starts it on the same port.</summary>
    public async Task RestartAsync(bool immediate, CancellationToken cancellationToken)
    {
        await StopAsync(immediate);
        await StartAsync(cancellationToken);
    }

    /// <summary>Restarts it as a standby, which reads and does not write. It must be <see cref="PostgresClusterOptions.Durable"/>: without a whole log there is nothing to follow.</summary>
    public async Task RestartAsStandbyAsync(CancellationToken cancellationToken)
    {
        await StopAsync(immediate: false);
        await File.WriteAllTextAsync(Path.Combine(DataFolder, "standby.signal"), "", cancellationToken);
        await StartAsync(cancellationToken);
    }

    /// <summary>The last lines of the server's log.</summary>
    public string Log => server?.Log ?? "";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(immediate: true);
        folder.Dispose();
        port.Dispose();
    }

    // PostgreSQL refuses to run as root
    private static string? SystemUser => Environment.IsPrivilegedProcess ? "postgres" : null;

    private static UnixFileMode WorldTraversable =>
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        foreach (var path in new[] { DataFolder, SocketFolder })
        {
            Directory.CreateDirectory(path);
            if (SystemUser is not null)
            {
                await Tool.RunAsync(new ServerCommand("chown", "chown", $"{SystemUser}:", path), cancellationToken);
            }
        }

        var passwordFile = folder["password"];
        await File.WriteAllTextAsync(passwordFile, Password, cancellationToken);
        File.SetUnixFileMode(passwordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (SystemUser is not null)
        {
            await Tool.RunAsync(new ServerCommand("chown", "chown", $"{SystemUser}:", passwordFile), cancellationToken);
        }

        await Tool.RunAsync(
            new ServerCommand(
                "initdb",
                Path.Combine(ToolsFolder, "initdb"),
                "--pgdata", DataFolder, "--username", Username, "--pwfile", passwordFile, $"--auth={options.Authentication}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
            { RunAs = SystemUser },
            cancellationToken);
        File.Delete(passwordFile);
        await File.AppendAllLinesAsync(Path.Combine(DataFolder, "postgresql.conf"), Configuration(), cancellationToken);
    }

    private IEnumerable<string> Configuration()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["listen_addresses"] = Host,
            ["port"] = $"{Port}",
            ["unix_socket_directories"] = SocketFolder,
            ["max_connections"] = "150",
            ["shared_buffers"] = "256MB",
            ["max_wal_size"] = "4GB",
            ["max_locks_per_transaction"] = $"{options.MaxLocksPerTransaction}",
        };
        if (!options.Durable)
        {
            settings["fsync"] = "off";
            settings["synchronous_commit"] = "off";
            settings["full_page_writes"] = "off";
            settings["wal_level"] = "minimal";
            settings["max_wal_senders"] = "0";
        }

        foreach (var (name, value) in options.Settings)
        {
            settings[name] = value;
        }

        return settings.Select(setting => $"{setting.Key} = '{setting.Value}'");
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync("postgres", "SELECT 1", cancellationToken);
            return true;
        }
        catch (NpgsqlException e) when (e.IsTransient || e.InnerException is SocketException or IOException)
        {
            return false;
        }
    }
}

/// <summary>How a <see cref="PostgresCluster"/> is set up.</summary>
public sealed record PostgresClusterOptions
{
    /// <summary>True keeps fsync and full-page writes, as a real server has them; false is faster and survives no power cut.</summary>
    public bool Durable { get; init; }

    /// <summary>128 as an installation with shards needs it; lower for tests of that check.</summary>
    public int MaxLocksPerTransaction { get; init; } = 128;

    /// <summary>How clients prove who they are, for all lines of pg_hba.conf.</summary>
    public string Authentication { get; init; } = "scram-sha-256";

    /// <summary>Added to the server's environment.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Further lines of postgresql.conf, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
