using ZstdSharp;

namespace BuilderDrFunctions.Postgres;

/// <summary>A stored dump as the plain archive it holds; what cannot be decompressed is a permanent fault.</summary>
internal sealed class ArchiveReader : Stream
{
    private readonly Stream _stored;
    private readonly Stream _archive;
    private readonly byte[] _head = new byte[ArchiveHeader.MostBytes];
    private int _headLength;
    private int _headRead;

    private ArchiveReader(Stream stored, DumpCompression compression)
    {
        _stored = stored;
        _archive = compression == DumpCompression.Zstd ? new DecompressionStream(stored, leaveOpen: true) : stored;
    }

    /// <summary>What its first bytes say.</summary>
    public ArchiveHeader Header { get; private set; } = null!;

    /// <summary>How much of the archive has been read.</summary>
    public long ArchiveBytes { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Opens a stored dump and reads its header. The stored stream stays the caller's.</summary>
    public static async Task<ArchiveReader> OpenAsync(Stream stored, DumpCompression compression, CancellationToken cancellationToken)
    {
        var reader = new ArchiveReader(stored, compression);
        try
        {
            reader._headLength = await GuardAsync(
                () => reader._archive.ReadAtLeastAsync(reader._head, reader._head.Length, throwOnEndOfStream: false, cancellationToken));
            reader.Header = ArchiveHeader.Parse(reader._head.AsSpan(0, reader._headLength)) ?? throw PostgresFaults.ArchiveDamaged("it does not begin as a custom-format archive of pg_dump does");
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        if (_headRead < _headLength)
        {
            read = Math.Min(buffer.Length, _headLength - _headRead);
            _head.AsMemory(_headRead, read).CopyTo(buffer);
            _headRead += read;
        }
        else
        {
            read = await GuardAsync(() => _archive.ReadAsync(buffer, cancellationToken));
        }

        ArchiveBytes += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous reads only");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !ReferenceEquals(_archive, _stored))
        {
            _archive.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async ValueTask<int> GuardAsync(Func<ValueTask<int>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is ZstdException or EndOfStreamException)
        {
            throw PostgresFaults.ArchiveDamaged($"it cannot be decompressed ({e.Message})");
        }
    }
}
