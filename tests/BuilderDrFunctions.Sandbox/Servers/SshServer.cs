using System.Net.Sockets;
using System.Security.Cryptography;
using BuilderDrFunctions.Sandbox.Processes;

namespace BuilderDrFunctions.Sandbox.Servers;

/// <summary>An sshd on 127.0.0.1 into which this program's user logs in with a key of its own; commands, sftp and port forwarding work.</summary>
/// <remarks>Everything it reads lies in a temporary folder; nothing below /etc is touched.</remarks>
public sealed class SshServer : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new("ssh");
    private readonly LoopbackPort port = LoopbackPort.Reserve();
    private readonly SshServerOptions options;
    private ServerProcess? server;

    private SshServer(SshServerOptions options) => this.options = options;

    /// <summary>127.0.0.1.</summary>
    public string Host { get; } = "127.0.0.1";

    /// <summary>TCP port.</summary>
    public int Port => port.Number;

    /// <summary>Who may log in.</summary>
    public string User { get; } = Environment.UserName;

    /// <summary>The client's private key, OpenSSH's format, ed25519, without a passphrase.</summary>
    public string PrivateKeyFile => folder["client"];

    /// <summary>The host key's fingerprint as <c>ssh-keygen -lf</c> prints it: <c>SHA256:</c> and base64 without padding.</summary>
    public string HostKeyFingerprint { get; private set; } = "";

    /// <summary>Whether the server runs.</summary>
    public bool IsRunning => server is { HasExited: false };

    /// <summary>The last lines of its log.</summary>
    public string Log => server?.Log ?? "";

    /// <summary>Makes keys and starts a server.</summary>
    public static async Task<SshServer> StartNewAsync(SshServerOptions options, CancellationToken cancellationToken)
    {
        var ssh = new SshServer(options);
        try
        {
            await ssh.MakeKeyAsync(ssh.PrivateKeyFile, cancellationToken);
            await ssh.MakeKeyAsync(ssh.HostKeyFile, cancellationToken);
            await ssh.StartAsync(cancellationToken);
            return ssh;
        }
        catch
        {
            await ssh.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it on the same port.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsRunning)
        {
            return;
        }

        HostKeyFingerprint = Fingerprint(await File.ReadAllTextAsync(HostKeyFile + ".pub", cancellationToken));
        await File.WriteAllLinesAsync(folder["sshd_config"], Configuration(), cancellationToken);
        if (Environment.IsPrivilegedProcess)
        {
            // where sshd separates its privileges; systemd makes it otherwise
            Directory.CreateDirectory("/run/sshd");
        }

        server = await ServerProcess.StartAsync(new ServerCommand("sshd", Programs.Find("sshd"), "-D", "-e", "-f", folder["sshd_config"])
        {
            PrivateMounts = options.PrivateMounts,
            OnParentDeath = UnixSignal.Terminate,
        });
        await server.WaitUntilAsync(GreetsAsync, TimeSpan.FromSeconds(30), cancellationToken);
    }

    /// <summary>Stops it at once, its sessions and their commands too, as a host that goes down would.</summary>
    public async Task StopAsync()
    {
        if (server is not null)
        {
            // a session is a process of its own that would outlive the server
            await server.KillTreeAsync();
            await server.DisposeAsync();
            server = null;
        }
    }

    /// <summary>Gives the server another host key, as a rebuilt machine or one in the middle would have.</summary>
    public async Task RotateHostKeyAsync(CancellationToken cancellationToken)
    {
        await StopAsync();
        File.Delete(HostKeyFile);
        File.Delete(HostKeyFile + ".pub");
        await MakeKeyAsync(HostKeyFile, cancellationToken);
        await StartAsync(cancellationToken);
    }

    /// <summary>Makes a key pair that the server does not know.</summary>
    public async Task<string> MakeStrangersKeyAsync(CancellationToken cancellationToken)
    {
        var file = folder[$"stranger-{RandomNumberGenerator.GetHexString(8)}"];
        await MakeKeyAsync(file, cancellationToken);
        return file;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
        port.Dispose();
    }

    private string HostKeyFile => folder["host"];

    private static string Fingerprint(string publicKey) =>
        "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(publicKey.Split(' ')[1]))).TrimEnd('=');

    private Task<string> MakeKeyAsync(string file, CancellationToken cancellationToken) =>
        Tool.RunAsync(
            new ServerCommand("ssh-keygen", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "builder-dr-sandbox", "-f", file) { WorkingFolder = folder.FullPath },
            cancellationToken);

    private IEnumerable<string> Configuration()
    {
        string[] path = [.. options.PathFolders, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
        return
        [
            $"Port {Port}",
            $"ListenAddress {Host}",
            $"HostKey {HostKeyFile}",
            $"AuthorizedKeysFile {PrivateKeyFile}.pub",
            "PidFile none",
            "UsePAM no",
            "UseDNS no",
            // the temporary folder's parents belong to everyone
            "StrictModes no",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            $"AllowTcpForwarding {(options.AllowsForwarding ? "yes" : "no")}",
            "MaxStartups 200",
            "MaxSessions 200",
            "PrintMotd no",
            "Subsystem sftp internal-sftp",
            // bash reads ~/.bashrc for a command of a first shell, and on a developer's machine that can take half a second each time
            $"SetEnv SHLVL=2 PATH={string.Join(':', path)}",
        ];
    }

    private async Task<bool> GreetsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Host, Port, cancellationToken);
            var greeting = new byte[4];
            await client.GetStream().ReadExactlyAsync(greeting, cancellationToken);
            return "SSH-"u8.SequenceEqual(greeting);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}

/// <summary>What a session on a <see cref="SshServer"/> sees.</summary>
public sealed record SshServerOptions
{
    /// <summary>Whether it opens tunnels.</summary>
    public bool AllowsForwarding { get; init; } = true;

    /// <summary>Put before the session's PATH.</summary>
    public IReadOnlyList<string> PathFolders { get; init; } = [];

    /// <summary>Folders (right) that lie over paths (left) for sessions alone; needs root.</summary>
    public IReadOnlyDictionary<string, string> PrivateMounts { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
