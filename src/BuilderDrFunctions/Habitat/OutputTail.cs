using System.Text;

namespace BuilderDrFunctions.Habitat;

/// <summary>Reads a stream to its end beside everything else, and keeps its last 16 KB.</summary>
internal sealed class OutputTail
{
    private const int Kept = 16 * 1024;
    private readonly byte[] _ring = new byte[Kept];
    private readonly Task _reading;
    private long _total;

    internal OutputTail(Stream stream) => _reading = ReadAsync(stream);

    /// <summary>The tail, once the stream has ended.</summary>
    internal async Task<string> TextAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        var start = (int)(_total % Kept);
        return _total <= Kept
            ? Encoding.UTF8.GetString(_ring, 0, (int)_total)
            : Encoding.UTF8.GetString([.. _ring[start..], .. _ring[..start]]);
    }

    private async Task ReadAsync(Stream stream)
    {
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, CancellationToken.None) is > 0 and var read)
        {
            for (var i = 0; i < read; i++)
            {
                _ring[_total++ % Kept] = buffer[i];
            }
        }
    }
}
