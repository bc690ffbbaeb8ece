using System.Globalization;
using System.Text;

namespace BuilderDrFunctions.Habitat;

/// <summary>The output of <see cref="HostScripts.Stream"/>: grants the host the next piece whenever one was read, so that at most <see cref="Window"/> bytes wait here.</summary>
internal sealed class GrantedStream(HostSession session) : HostOutputStream
{
    /// <summary>Bytes on the way or unread: enough for 80 MB/s at a round trip of 100 ms.</summary>
    internal const long Window = 4 * Piece;

    private const long Piece = 2 * 1024 * 1024;
    private static readonly byte[] Grant = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Piece / HostScripts.BlockBytes}\n"));
    private long _granted;
    private long _read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_granted - _read <= Window - Piece)
        {
            _granted += Piece;
            await session.WriteAsync(Grant, cancellationToken);
        }

        var read = await session.Output.ReadAsync(buffer, cancellationToken);
        _read += read;
        return read;
    }
}
