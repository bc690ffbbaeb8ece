namespace BuilderDrFunctions.Habitat;

/// <summary>What an SSH command writes, awaitable, and with an end only where the command has ended.</summary>
/// <remarks>The library's stream blocks its reader, and also ends when the connection breaks, which must not pass for the end of a dump.</remarks>
internal sealed class SessionStream(Stream inner, Task<int> ended) : HostOutputStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty)
        {
            return 0;
        }

        // A read that nobody waits for any more still holds the buffer, so it gets one of its own unless bytes are there at once.
        int read;
        if (inner.Length > 0 || ended.IsCompleted)
        {
            read = inner.Read(buffer.Span);
        }
        else
        {
            var own = new byte[Math.Min(buffer.Length, 32 * 1024)];

            // On a thread of its own: one that the pool lacks meanwhile stalls everything else for half a second.
            read = await Task.Factory.StartNew(() => inner.Read(own), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .WaitAsync(cancellationToken);
            own.AsMemory(0, read).CopyTo(buffer);
        }

        if (read == 0)
        {
            await ended.WaitAsync(cancellationToken);
        }

        return read;
    }
}
