using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Sandbox.Builder;

/// <summary>A stand-in for the machine a Builder runs on: reached over SSH, with a tree below <c>/hab</c>, a <c>hab</c> command and a builder-api.</summary>
/// <remarks>
/// The sessions alone see the tree at <c>/hab</c>, by a mount of their own. Where that is not allowed (no root, a plain container) it lies at
/// <see cref="HabRoot"/>, which the application is told by <c>Sites__main__Service__HabRoot</c>.
/// </remarks>
public sealed class BuilderHost : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new("host");
    private readonly LoopbackPort apiPort = LoopbackPort.Reserve();
    private SshServer? ssh;

    private BuilderHost(BuilderSettings settings)
    {
        Settings = settings;
        Uploads = new PackageUploads(() => Settings);
        Supervisor = new SupervisorStandIn(StateFolder, new BuilderApi(apiPort.Number, Uploads));
    }

    /// <summary>What its configuration files say.</summary>
    public BuilderSettings Settings { get; private set; }

    /// <summary>How to log in.</summary>
    public SshServer Ssh => ssh ?? throw new InvalidOperationException("the host is not started");

    /// <summary>The API's keeper, with the faults a test can switch on.</summary>
    public SupervisorStandIn Supervisor { get; }

    /// <summary>What was uploaded through the API.</summary>
    public PackageUploads Uploads { get; }

    /// <summary>The API's address.</summary>
    public string ApiUrl => $"http://127.0.0.1:{apiPort.Number}";

    /// <summary>The API's status page.</summary>
    public string StatusUrl => $"http://127.0.0.1:{apiPort.Number}/v1/status";

    /// <summary>The tree as this machine sees it: tests change files here.</summary>
    public string Tree => folder["hab"];

    /// <summary>The tree as a session on the host sees it.</summary>
    public string HabRoot { get; private set; } = "/hab";

    /// <summary>The folder of the <c>hab</c> command, for a run with local control.</summary>
    public string CommandFolder => folder["bin"];

    /// <summary>Starts a host.</summary>
    public static async Task<BuilderHost> StartNewAsync(BuilderSettings settings, CancellationToken cancellationToken)
    {
        var host = new BuilderHost(settings);
        try
        {
            await host.StartAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Rewrites the tree, as a reconfigured Builder would.</summary>
    public void Configure(BuilderSettings settings)
    {
        Settings = settings;
        BuilderTree.Write(Tree, settings, apiPort.Number);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (ssh is not null)
        {
            await ssh.DisposeAsync();
        }

        await Supervisor.DisposeAsync();
        folder.Dispose();
        apiPort.Dispose();
    }

    private string StateFolder => folder["state"];

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(StateFolder);
        Directory.CreateDirectory(CommandFolder);
        Directory.CreateDirectory(Tree);
        Configure(Settings);
        await WriteCommandAsync(cancellationToken);
        await Supervisor.StartAsync(cancellationToken);
        var mounts = await MountsAsync(cancellationToken);
        ssh = await SshServer.StartNewAsync(new SshServerOptions { PathFolders = [CommandFolder], PrivateMounts = mounts }, cancellationToken);
    }

    /// <summary>The tree over <c>/hab</c>, or nothing where this program may not mount.</summary>
    private async Task<IReadOnlyDictionary<string, string>> MountsAsync(CancellationToken cancellationToken)
    {
        var mounts = new Dictionary<string, string>(StringComparer.Ordinal) { [HabRoot] = Tree };
        try
        {
            // the place for the mount; empty to everyone but the sessions
            Directory.CreateDirectory(HabRoot);
            await Tool.RunAsync(new ServerCommand("a private mount", "true") { PrivateMounts = mounts }, cancellationToken);
            return mounts;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or InvalidOperationException)
        {
            HabRoot = Tree;
            mounts.Clear();
            return mounts;
        }
    }

    private async Task WriteCommandAsync(CancellationToken cancellationToken)
    {
        var script = await EmbeddedText.ReadAsync("hab.sh", cancellationToken);
        var command = Path.Combine(CommandFolder, "hab");
        await File.WriteAllTextAsync(
            command,
            script.Replace("@STATE@", StateFolder, StringComparison.Ordinal).Replace("@TOOLS@", Programs.PostgresFolder(), StringComparison.Ordinal),
            cancellationToken);
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
