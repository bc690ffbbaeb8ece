using System.Net.Sockets;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>A connection that acknowledges what it reads at once, where the system lets one ask for that (Linux).</summary>
/// <remarks>
/// A server that sends the head and the body of an answer apart and without TCP_NODELAY, as Ceph's gateway does by default, holds the body back until
/// the head is acknowledged, which the kernel puts off by 40 ms: for an artifact of a few KB that is nearly all of its download.
/// The kernel forgets the wish by itself, hence with every read that took all there was. Facts: tcp(7), TCP_QUICKACK; RFC 896; RFC 1122, 4.2.3.2.
/// </remarks>
internal sealed class PromptAckStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private const int TcpLevel = 6;
    private const int QuickAck = 12;
    private static readonly byte[] On = BitConverter.GetBytes(1);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        if (read > 0 && read < buffer.Length && OperatingSystem.IsLinux())
        {
            Socket.SetRawSocketOption(TcpLevel, QuickAck, On);
        }

        return read;
    }
}
