namespace BuilderDrFunctions.Habitat;

/// <summary>What a fed command reads, written with back-pressure; disposing it is the regular end. Writing to a command that has ended is an error, as with a pipe.</summary>
internal sealed class HostInputStream(HostSession session) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A command that ends with its input unread would leave the write waiting for room.
        var writing = session.WriteAsync(buffer, cancellationToken);
#pragma warning disable VSTHRD003 // a task that ends with the remote command needs no thread of ours
        await Task.WhenAny(writing, session.Ended);
#pragma warning restore VSTHRD003
        if (session.Ended.IsCompleted)
        {
            throw new IOException("The command has ended.");
        }

        await writing;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A host's input is written asynchronously: use WriteAsync.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            session.CloseInput();
        }

        base.Dispose(disposing);
    }
}
