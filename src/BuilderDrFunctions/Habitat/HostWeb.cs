using System.Net.Sockets;

namespace BuilderDrFunctions.Habitat;

/// <summary>HTTP to a Builder host: a loopback address is the host's own, and reached through it.</summary>
internal static class HostWeb
{
    /// <summary>A handler of the caller's; it follows no redirects and keeps no cookies.</summary>
    internal static SocketsHttpHandler Handler(Uri url, IBuilderHost? host) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = !url.IsLoopback,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context, host, cancellationToken),
        UseCookies = false,
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, IBuilderHost? host, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        var (name, port) = context.InitialRequestMessage.RequestUri is { IsLoopback: true } && host is not null
            ? await host.ReachAsync(target.Host, target.Port, cancellationToken)
            : (target.Host, target.Port);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(name, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
