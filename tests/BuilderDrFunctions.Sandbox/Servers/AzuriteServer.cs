using System.Net.Sockets;
using System.Security.Cryptography;
using Azure.Storage.Blobs;
using BuilderDrFunctions.Sandbox.Processes;

namespace BuilderDrFunctions.Sandbox.Servers;

/// <summary>Azurite's blob service on 127.0.0.1.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new("az");
    private readonly LoopbackPort port = LoopbackPort.Reserve();
    private readonly bool inMemory;
    private ServerProcess? server;

    private AzuriteServer(bool inMemory) => this.inMemory = inMemory;

    /// <summary>The account's name.</summary>
    public string Account { get; } = "devstoreaccount1";

    /// <summary>The account's key: random, for this server.</summary>
    public string AccountKey { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));

    /// <summary>The blob service's port.</summary>
    public int Port => port.Number;

    /// <summary>The blob service with its account, without a slash at the end.</summary>
    public string BlobUrl => $"http://127.0.0.1:{Port}/{Account}";

    /// <summary>What the SDK's clients take.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={AccountKey};BlobEndpoint={BlobUrl};";

    /// <summary>Whether the server runs.</summary>
    public bool IsRunning => server is { HasExited: false };

    /// <summary>The last lines it wrote.</summary>
    public string Log => server?.Log ?? "";

    /// <summary>Starts a server; in memory it forgets everything when stopped and takes at most half of the machine's memory.</summary>
    public static async Task<AzuriteServer> StartNewAsync(bool inMemory, CancellationToken cancellationToken)
    {
        var azurite = new AzuriteServer(inMemory);
        try
        {
            await azurite.StartAsync(cancellationToken);
            return azurite;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>A container's address.</summary>
    public string ContainerUrl(string container) => $"{BlobUrl}/{container}";

    /// <summary>Makes a container and gives its address.</summary>
    public async Task<string> CreateContainerAsync(string container, CancellationToken cancellationToken)
    {
        await new BlobContainerClient(ConnectionString, container).CreateAsync(cancellationToken: cancellationToken);
        return ContainerUrl(container);
    }

    /// <summary>Starts it again on the same port with the same key.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsRunning)
        {
            return;
        }

        string[] storage = inMemory ? ["--inMemoryPersistence"] : ["--location", folder["blobs"]];
        server = await ServerProcess.StartAsync(new ServerCommand(
            "azurite",
            "node",
            // the newest SDKs ask for a service version that this Azurite does not know by name
            [Script(), "--blobHost", "127.0.0.1", "--blobPort", $"{Port}", "--silent", "--skipApiVersionCheck", "--disableTelemetry", .. storage])
        {
            WorkingFolder = folder.FullPath,
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["AZURITE_ACCOUNTS"] = $"{Account}:{AccountKey}" },
        });
        await server.WaitUntilAsync(AnswersAsync, TimeSpan.FromSeconds(60), cancellationToken);
    }

    /// <summary>Stops it.</summary>
    public async Task StopAsync()
    {
        if (server is not null)
        {
            await server.StopAsync(UnixSignal.Terminate, TimeSpan.FromSeconds(10));
            await server.DisposeAsync();
            server = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
        port.Dispose();
    }

    /// <summary>Where tests/setup.sh installs it.</summary>
    private static string Script()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var script = Path.Combine(cache, "builder-dr", "azurite", "node_modules", "azurite", "dist", "src", "blob", "main.js");
        return File.Exists(script) ? script : throw new MissingServerException("azurite");
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
