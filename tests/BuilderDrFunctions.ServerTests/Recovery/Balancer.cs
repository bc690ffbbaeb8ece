using System.Net;
using System.Net.Sockets;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.ServerTests.Recovery;

/// <summary>One address in front of several database servers: each connection goes to the next one.</summary>
internal sealed class Balancer : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public Balancer(params PostgresCluster[] clusters)
    {
        _listener.Start();
        _ = ServeAsync(clusters, _end.Token);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
        _listener.Dispose();
    }

    private async Task ServeAsync(PostgresCluster[] clusters, CancellationToken cancellationToken)
    {
        for (var next = 0; ; next = (next + 1) % clusters.Length)
        {
            _ = PassAsync(await _listener.AcceptTcpClientAsync(cancellationToken), clusters[next].Port, cancellationToken);
        }
    }

    private static async Task PassAsync(TcpClient client, int port, CancellationToken cancellationToken)
    {
        using (client)
        {
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream(), cancellationToken), server.GetStream().CopyToAsync(client.GetStream(), cancellationToken));
        }
    }
}
