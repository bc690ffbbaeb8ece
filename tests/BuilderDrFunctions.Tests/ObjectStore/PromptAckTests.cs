using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using BuilderDrFunctions.ObjectStore;
using Xunit;

namespace BuilderDrFunctions.Tests.ObjectStore;

/// <summary>A server that leaves Nagle's algorithm on and sends head and body apart, as Ceph's gateway does.</summary>
public sealed class PromptAckTests
{
    private const int Reads = 20;
    private static readonly TimeSpan DelayedAcknowledgement = TimeSpan.FromMilliseconds(40);

    [Fact]
    public async Task A_small_object_does_not_wait_for_a_delayed_acknowledgement()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux can be asked to acknowledge at once");
        var cancellationToken = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, cancellationToken);
        var store = new S3ObjectStore(
            new ArtifactsOptions { Endpoint = $"http://{listener.LocalEndpoint}", Bucket = "b", AccessKey = "a", SecretKey = "s" }, TimeProvider.System);
        List<TimeSpan> times = [];
        for (var read = 0; read < Reads; read++)
        {
            var begin = Stopwatch.GetTimestamp();
            await using var body = await store.OpenReadAsync("key", ifETag: null, 0, cancellationToken);
            Assert.Equal("body", await new StreamReader(body!.Content).ReadToEndAsync(cancellationToken));
            times.Add(Stopwatch.GetElapsedTime(begin));
        }

        await serving;
        times.Sort();
        // The quicker ones: a busy machine may hold up any of them, but without the wish none comes sooner.
        Assert.InRange(times[Reads / 4], TimeSpan.Zero, DelayedAcknowledgement * 0.75);
    }

    private static async Task ServeAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        using var socket = await listener.AcceptSocketAsync(cancellationToken);
        var head = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 4\r\n\r\n");
        var request = new byte[4096];
        for (var served = 0; served < Reads; served++)
        {
            for (var got = 0; !request.AsSpan(0, got).EndsWith("\r\n\r\n"u8);)
            {
                got += await socket.ReceiveAsync(request.AsMemory(got), cancellationToken);
            }

            await socket.SendAsync(head, cancellationToken);
            await socket.SendAsync("body"u8.ToArray(), cancellationToken);
        }
    }
}
