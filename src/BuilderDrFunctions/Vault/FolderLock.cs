using System.Diagnostics;

namespace BuilderDrFunctions.Vault;

/// <summary>One at a time among all tasks and processes that change the mutable documents of a folder vault.</summary>
/// <remarks>The operating system frees the file lock when a process ends, however it ends; the empty file stays.</remarks>
internal sealed class FolderLock(string file) : IDisposable
{
    // EWOULDBLOCK, which has another number on macOS; ERROR_SHARING_VIOLATION on Windows.
    private static readonly int Held = OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly SemaphoreSlim _inProcess = new(1, 1);

    /// <summary>Runs <paramref name="critical"/> alone; false when the lock was not free within <paramref name="limit"/>.</summary>
    /// <exception cref="IOException">The lock could not be asked for: a read-only file system, a disk or network that fails.</exception>
    internal async Task<bool> RunAsync(Action critical, TimeSpan limit, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        if (!await _inProcess.WaitAsync(limit, cancellationToken))
        {
            return false;
        }

        try
        {
            while (true)
            {
                await using (var held = TryTake())
                {
                    if (held is not null)
                    {
                        critical();
                        return true;
                    }
                }

                if (Stopwatch.GetElapsedTime(since) > limit)
                {
                    return false;
                }

                await Task.Delay(Pause, cancellationToken);
            }
        }
        finally
        {
            _inProcess.Release();
        }
    }

    public void Dispose() => _inProcess.Dispose();

    private FileStream? TryTake()
    {
        try
        {
            return new FileStream(file, FolderTree.Private(new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
            }));
        }
        catch (IOException e) when (e.HResult == Held)
        {
            // By another process.
            return null;
        }
    }
}
