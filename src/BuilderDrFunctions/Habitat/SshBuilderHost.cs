using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace BuilderDrFunctions.Habitat;

/// <summary>A Builder reached over SSH, with its host key pinned. A broken connection is made anew by the next use.</summary>
internal sealed class SshBuilderHost : ShellBuilderHost
{
    // sshd allows ten sessions on a connection (MaxSessions); a command that waits for its turn is better than one that is refused.
    private const int Sessions = 8;

    private readonly SshConnector _connector;
    private readonly SemaphoreSlim _gate = new(1, 1);

    // Never disposed: a command that outlives this host still gives its place back.
    private readonly SemaphoreSlim _sessions = new(Sessions, Sessions);
    private readonly Dictionary<(string Host, int Port), SshTunnel> _tunnels = [];
    private readonly CancellationTokenSource _closed = new();
    private SshClient? _client;

    internal SshBuilderHost(ServiceOptions options)
        : base(options) => _connector = new SshConnector(options);

    /// <inheritdoc/>
    public override string Description => _connector.Description;

    /// <inheritdoc/>
    protected override string StreamScript => HostScripts.Stream;

    /// <inheritdoc/>
    /// <remarks>
    /// It has a connection of its own, which waits for the command as long as it takes: the SSH library gives up a write, with half of it sent, when
    /// the command makes no room for it within the connection's time limit.
    /// </remarks>
    public override async Task<IFedCommand> FeedAsync(HostCommand command, CancellationToken cancellationToken)
    {
        var own = new SshBuilderHost(Options);
        try
        {
            var fed = await own.FeedAsync(command, own, cancellationToken);
            own._client!.ConnectionInfo.Timeout = Timeout.InfiniteTimeSpan;
            return fed;
        }
        catch
        {
            await own.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Each tunnel has a connection of its own: the SSH library stops reading a connection while a tunnel's user does not read, and commands must
    /// not wait for that.
    /// </remarks>
    public override async Task<(string Host, int Port)> ReachAsync(string host, int port, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_tunnels.Remove((host, port), out var tunnel))
            {
                if (tunnel.IsOpen)
                {
                    _tunnels.Add((host, port), tunnel);
                    return tunnel.Address;
                }

                tunnel.Dispose();
            }

            var opened = SshTunnel.Open(await _connector.ConnectAsync(cancellationToken), host, port, Description);
            _tunnels.Add((host, port), opened);
            return opened.Address;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        // The library tells its commands nothing when its client is disposed: they would wait for ever.
        await _closed.CancelAsync();
        await _gate.WaitAsync(CancellationToken.None);
        foreach (var tunnel in _tunnels.Values)
        {
            tunnel.Dispose();
        }

        _tunnels.Clear();
        _client?.Dispose();
        _gate.Dispose();
        _closed.Dispose();
    }

    /// <inheritdoc/>
    protected override Stream Flow(HostSession session) => new GrantedStream(session);

    /// <inheritdoc/>
    protected override async Task<HostSession> OpenAsync(string script, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        await _sessions.WaitAsync(cancellationToken);
        try
        {
            var client = await ConnectedAsync(cancellationToken);
            var command = client.CreateCommand(HostScripts.CommandLine(script, words));

            // Opening the channel waits for the server on the calling thread.
            return await Task.Run(() => SshSession.Start(command, Description, () => _sessions.Release(), _closed.Token), cancellationToken);
        }
        catch (Exception e) when (e is SshException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            _sessions.Release();
            throw HabitatFaults.ConnectionBroke(Description, "starting a command");
        }
        catch
        {
            _sessions.Release();
            throw;
        }
    }

    private async Task<SshClient> ConnectedAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_client is { IsConnected: true })
            {
                return _client;
            }

            _client?.Dispose();
            _client = null;
            return _client = await _connector.ConnectAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }
}
