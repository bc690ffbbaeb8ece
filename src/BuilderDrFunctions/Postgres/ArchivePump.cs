using System.Security.Cryptography;
using System.Threading.Channels;

namespace BuilderDrFunctions.Postgres;

/// <summary>Carries an archive from pg_dump to where it is stored: compresses it in independent frames on several cores, digests and counts on the way.</summary>
/// <remarks>A fixed number of buffers goes round, so that neither a slow store nor a fast dump lets memory grow.</remarks>
internal sealed class ArchivePump : IAsyncDisposable
{
    private const int MostFrames = 6;

    private readonly List<ArchiveFrame> _frames = [];
    private readonly Channel<ArchiveFrame> _free;
    private readonly Channel<(ArchiveFrame Frame, Task Ready)> _filled;

    public ArchivePump(DumpCompression compression)
    {
        var count = Math.Min(MostFrames, Environment.ProcessorCount + 2);
        _free = Channel.CreateBounded<ArchiveFrame>(count);
        _filled = Channel.CreateBounded<(ArchiveFrame, Task)>(count);
        for (var i = 0; i < count; i++)
        {
            var frame = new ArchiveFrame(compression == DumpCompression.Zstd);
            _frames.Add(frame);
            _free.Writer.TryWrite(frame);
        }
    }

    /// <summary>Reads <paramref name="archive"/> to its end and writes all of it to <paramref name="destination"/>, in order.</summary>
    /// <param name="archive">pg_dump's output.</param>
    /// <param name="destination">Takes the stored bytes.</param>
    /// <param name="moved">Told the totals read and written, after every frame.</param>
    /// <param name="abort">Called when it ends in the middle, so that a read that heeds no token returns.</param>
    /// <param name="cancellationToken">Ends it in the middle.</param>
    public async Task<PumpedArchive> RunAsync(Stream archive, Stream destination, Action<long, long> moved, Action abort, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var aborting = failed.Token.Register(abort);
        var reading = FirstFailure.CancelOthersAsync(() => ReadAsync(archive, failed.Token), failed);
        var writing = FirstFailure.CancelOthersAsync(() => WriteAsync(destination, moved, failed.Token), failed);
        await FirstFailure.WhenAllAsync([reading, writing]);
        return await writing;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var frame in _frames)
        {
            await frame.DisposeAsync();
        }
    }

    private async Task<long> ReadAsync(Stream archive, CancellationToken cancellationToken)
    {
        var total = 0L;
        while (true)
        {
            var frame = await _free.Reader.ReadAsync(cancellationToken);
            var read = await frame.FillAsync(archive, cancellationToken);
            total += read;
            if (read > 0)
            {
                await _filled.Writer.WriteAsync((frame, frame.PackAsync()), cancellationToken);
            }

            if (read < ArchiveFrame.Bytes)
            {
                _filled.Writer.Complete();
                return total;
            }
        }
    }

    private async Task<PumpedArchive> WriteAsync(Stream destination, Action<long, long> moved, CancellationToken cancellationToken)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var read = 0L;
        var written = 0L;
        await foreach (var (frame, ready) in _filled.Reader.ReadAllAsync(cancellationToken))
        {
            await ready;
            digest.AppendData(frame.Packed.Span);
            await destination.WriteAsync(frame.Packed, cancellationToken);
            read += frame.Length;
            written += frame.Packed.Length;
            moved(read, written);
            await _free.Writer.WriteAsync(frame, cancellationToken);
        }

        return new PumpedArchive(read, written, Convert.ToHexStringLower(digest.GetHashAndReset()));
    }
}

/// <summary>What went through a pump.</summary>
/// <param name="ArchiveBytes">Read.</param>
/// <param name="StoredBytes">Written.</param>
/// <param name="StoredSha256">Of what was written, lower-case hex.</param>
internal sealed record PumpedArchive(long ArchiveBytes, long StoredBytes, string StoredSha256);
