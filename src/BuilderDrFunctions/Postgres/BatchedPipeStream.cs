using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BuilderDrFunctions.Postgres;

/// <summary>A child's pipe, read in few large pieces. pg_dump writes 4 KiB at a time: woken by each, the reader would cost as much as the dump.</summary>
/// <remarks>
/// .NET's own pipe stream hands the pipe to the socket engine, whose thread wakes for every write even when nothing is being read.
/// Plain blocking reads on a pool thread take a third of the processor time. A read ends when the child does, whatever its token says.
/// </remarks>
internal sealed class BatchedPipeStream : Stream
{
    private const int PipeBytes = 1 << 20;
    private const int UsualPipeBytes = 64 * 1024;
    private const int WorthReading = 128 * 1024;
    private const int SetPipeSize = 1031;
    private static readonly TimeSpan ShortestNap = TimeSpan.FromMilliseconds(1);

    // a slow child, such as a pg_dump that compresses, is asked ever more rarely; a pipe of full size takes 250 MB/s meanwhile, more than any pg_dump writes
    private static readonly TimeSpan LongestNap = TimeSpan.FromMilliseconds(4);

    private readonly Stream _owner;
    private readonly Stream _pipe;
    private readonly int _worthReading = WorthReading;
    private TimeSpan _nap;

    public BatchedPipeStream(Stream pipe)
    {
        _owner = pipe;
        _pipe = pipe;
        if (pipe is PipeStream { SafePipeHandle: var handle })
        {
            _pipe = new FileStream(new SafeFileHandle(handle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0, isAsync: false);
            if (OperatingSystem.IsLinux())
            {
                // a smaller pipe where the kernel does not allow this size: the same bytes, more slowly
                _worthReading = Math.Min(WorthReading, Math.Max(UsualPipeBytes, Fcntl(handle, SetPipeSize, PipeBytes)) / 4);
            }
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_nap > TimeSpan.Zero)
        {
            await Task.Delay(_nap, cancellationToken);
        }

        var read = await _pipe.ReadAsync(buffer, cancellationToken);
        _nap = read >= Math.Min(_worthReading, buffer.Length) ? TimeSpan.Zero
            : _nap == TimeSpan.Zero ? ShortestNap
            : TimeSpan.FromTicks(Math.Min(_nap.Ticks * 2, LongestNap.Ticks));
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => _pipe.Read(buffer, offset, count);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pipe.Dispose();
            _owner.Dispose();
        }

        base.Dispose(disposing);
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fcntl(SafeHandle descriptor, int command, nint argument);
}
