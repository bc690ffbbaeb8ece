using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace BuilderDrFunctions.Habitat;

/// <summary>A loopback port whose connections come out on the Builder host, over an SSH connection of its own.</summary>
/// <remarks>
/// SSH.NET's forwarded port serves a connection that arrives while it takes another in the callback of the first, and so leaves the first
/// waiting until the later one ends: minutes, with HTTP connections that are kept open. Here a listener of our own takes the connections,
/// and each has a forwarded port to itself while it lasts.
/// </remarks>
internal sealed class SshTunnel : IDisposable
{
    private readonly SshClient _client;
    private readonly string _host;
    private readonly uint _port;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<ForwardedPortLocal> _idle = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _accepting;

    private SshTunnel(SshClient client, string host, int port)
    {
        _client = client;
        _host = host;
        _port = (uint)port;
        _idle.Add(Forward());
        _listener.Start();
        _accepting = AcceptAsync(_closed.Token);
    }

    internal bool IsOpen => _client.IsConnected && !_accepting.IsCompleted;

    internal (string Host, int Port) Address => ("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

    /// <summary>Opens a tunnel over <paramref name="client"/>, which it disposes with itself.</summary>
    internal static SshTunnel Open(SshClient client, string host, int port, string description)
    {
        try
        {
            return new SshTunnel(client, host, port);
        }
        catch (Exception e) when (e is SshException or SocketException or InvalidOperationException)
        {
            client.Dispose();
            throw HabitatFaults.TunnelFailed(description, FormattableString.Invariant($"{host}:{port}"), e is SocketException socket ? socket.SocketErrorCode.ToString() : "the connection broke");
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _listener.Dispose();
        // Ends every connection; their forwarded ports go with it.
        _client.Dispose();
        _closed.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Socket accepted;
            try
            {
                accepted = await _listener.AcceptSocketAsync(cancellationToken);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // closed
                return;
            }

            _ = Task.Run(() => ServeAsync(accepted, cancellationToken), CancellationToken.None);
        }
    }

    /// <summary>Carries one connection; when either side ends it, so does the other. A broken one is seen by its user as a closed socket.</summary>
    private async Task ServeAsync(Socket accepted, CancellationToken cancellationToken)
    {
        using var near = accepted;
        near.NoDelay = true;
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            var forward = _idle.TryTake(out var free) ? free : Forward();
            await far.ConnectAsync(IPAddress.Loopback, (int)forward.BoundPort, cancellationToken);
            await Task.WhenAll(CopyAsync(near, far, cancellationToken), CopyAsync(far, near, cancellationToken));
            _idle.Add(forward);
        }
        catch (Exception e) when (e is SshException or SocketException or InvalidOperationException or OperationCanceledException)
        {
            // Both sockets are closed on the way out: that is how TCP tells its users.
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer, cancellationToken) is > 0 and var received)
        {
            for (var sent = 0; sent < received;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, received - sent), cancellationToken);
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    private ForwardedPortLocal Forward()
    {
        var forward = new ForwardedPortLocal("127.0.0.1", 0, _host, _port);
        _client.AddForwardedPort(forward);
        forward.Start();
        return forward;
    }
}
