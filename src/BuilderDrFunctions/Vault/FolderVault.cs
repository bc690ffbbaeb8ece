using System.Runtime.CompilerServices;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Vault;

/// <summary>A vault in a folder of a POSIX file system, local or mounted.</summary>
/// <remarks>
/// A blob is staged under <c>.staging/</c>, flushed to disk, linked to its name only if that is free, and the folder flushed: it survives
/// a power cut whole, or was never there. Files are 0600, folders 0700. Names that begin with a full stop are this class's own and are never
/// listed; what a crashed upload left there is removed once it was not written to for <see cref="LeftoverAge"/>. <c>.vault</c> tells it from
/// the empty folder that its disk is mounted on.
/// </remarks>
internal sealed class FolderVault : IVault, IDisposable
{
    internal const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    internal static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(24);

    private readonly FolderTree _tree;
    private readonly FolderLock _lock;
    private readonly TimeProvider _time;

    /// <summary>Opens the folder; nothing is touched before it is used.</summary>
    /// <param name="root">An absolute folder; its last level is created when <paramref name="createIfMissing"/>.</param>
    /// <param name="createIfMissing">Whether to create it; false: a folder that is missing or holds no vault is refused.</param>
    /// <param name="time">Tells how old a leftover is.</param>
    internal FolderVault(string root, bool createIfMissing, TimeProvider time)
    {
        _tree = new FolderTree(root, createIfMissing);
        _lock = new FolderLock(Path.Combine(root, ".lock"));
        _time = time;
        Description = new Uri(root).AbsoluteUri;
    }

    /// <summary>How long it waits for another run that changes a document.</summary>
    internal TimeSpan LockLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public async Task CheckWritableAsync(CancellationToken cancellationToken)
    {
        Guard("", _tree.Prepare);
        Guard("", () => _tree.RemoveLeftovers(_time.GetUtcNow() - LeftoverAge));
        await WritableCheck.RunAsync(this, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<VaultEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        VaultPath.Check(path);
        Guard(path, _tree.Prepare);
        return Task.FromResult(Guard(path, () => Entry(path)));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VaultEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        VaultPath.CheckPrefix(prefix);
        Guard(prefix, _tree.Prepare);
        using var paths = FolderListing.Files(_tree.Root, prefix).GetEnumerator();
        while (Guard(prefix, paths.MoveNext))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = paths.Current;
            if (Guard(path, () => Entry(path)) is { } entry)
            {
                yield return entry;
            }
        }

        // What was unmounted meanwhile lists as less than it holds.
        Guard(prefix, _tree.Prepare);
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        VaultPath.CheckFolder(prefix);
        Guard(prefix, _tree.Prepare);
        using var names = FolderListing.Folders(_tree.Root, prefix).GetEnumerator();
        while (Guard(prefix, names.MoveNext))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return names.Current;
        }

        Guard(prefix, _tree.Prepare);
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string path, long offset, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        VaultPath.Check(path);
        Guard(path, _tree.Prepare);
        return Task.FromResult<Stream>(new TranslatingStream(Guard(path, () => Open(path, offset)), e => Translate(path, e)));
    }

    /// <inheritdoc/>
    public Task<VaultWriter> CreateAsync(string path, long? expectedBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        VaultPath.Check(path);
        Guard(path, _tree.Prepare);
        if (expectedBytes is { } bytes && _tree.FreeBytes() is var free && bytes > free)
        {
            throw VaultFaults.Full(Description, path, free, FormattableString.Invariant($"{bytes} bytes"));
        }

        var staged = Guard(path, _tree.Stage);
        return Task.FromResult<VaultWriter>(new FolderVaultWriter(_tree, staged, path, (e, written) => Translate(path, e, written, expectedBytes)));
    }

    /// <inheritdoc/>
    public async Task<string?> TryReplaceAsync(
        string path, ReadOnlyMemory<byte> content, string? ifVersion, CancellationToken cancellationToken)
    {
        VaultPath.Check(path);
        Guard(path, _tree.Prepare);
        string? version = null;
        await AloneAsync(path, () => version = string.Equals(Entry(path)?.Version, ifVersion, StringComparison.Ordinal) ? Replace(path, content.Span) : null, cancellationToken);
        return version;
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        VaultPath.Check(path);
        Guard(path, _tree.Prepare);
        if (Guard(path, () => Entry(path)) is null)
        {
            return false;
        }

        // Under the lock, or a document deleted between a replacement's check and its rename would come back.
        var deleted = false;
        await AloneAsync(path, () => deleted = _tree.Remove(path), cancellationToken);
        Guard(path, () => _tree.FlushAndPrune(path));
        return deleted;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private string? Replace(string path, ReadOnlySpan<byte> content)
    {
        var before = Entry(path);
        var staged = _tree.Stage();
        try
        {
            using (staged)
            {
                staged.Write(content);
                staged.Flush(flushToDisk: true);
            }

            // The version is time and size, so the time must move on with every replacement, however coarse the clock or the file system.
            var now = DateTime.UtcNow;
            SetTime(staged.Name, before is null || now > before.WrittenAt.UtcDateTime ? now : before.WrittenAt.UtcDateTime.AddTicks(10));
            if (before is not null && File.GetLastWriteTimeUtc(staged.Name) <= before.WrittenAt.UtcDateTime)
            {
                SetTime(staged.Name, before.WrittenAt.UtcDateTime.AddSeconds(2));
            }

            if (before is null ? !_tree.TryLink(staged.Name, path) : !_tree.Rename(staged.Name, path))
            {
                return null;
            }
        }
        finally
        {
            File.Delete(staged.Name);
        }

        return Entry(path)?.Version;

        static void SetTime(string file, DateTime time) => File.SetLastWriteTimeUtc(file, time);
    }

    private FileStream Open(string path, long offset)
    {
        var stream = new FileStream(_tree.File(path), new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        });
        if (offset > stream.Length)
        {
            stream.Dispose();
            throw VaultFaults.BeyondEnd(Description, path, offset);
        }

        stream.Seek(offset, SeekOrigin.Begin);
        return stream;
    }

    private VaultEntry? Entry(string path)
    {
        var file = new FileInfo(_tree.File(path));
        if (!file.Exists)
        {
            // False also of what the disk or the network did not tell, which is not absence: asked for its attributes, such a file throws.
            _ = file.Attributes;
            return null;
        }

        var written = new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero);
        return new VaultEntry(path, file.Length, FormattableString.Invariant($"{written.UtcTicks:x}-{file.Length:x}"), written);
    }

    private async Task AloneAsync(string path, Action action, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _lock.RunAsync(action, LockLimit, cancellationToken))
            {
                throw VaultFaults.Locked(Description, path, LockLimit);
            }
        }
        catch (Exception e) when (Translate(path, e) is { } fault)
        {
            throw fault;
        }
    }

    private void Guard(string path, Action action) => Guard(path, () =>
    {
        action();
        return true;
    });

    private T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (Translate(path, e) is { } fault)
        {
            throw fault;
        }
    }

    private FaultException? Translate(string path, Exception exception, long written = 0, long? expected = null) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException when _tree.IsHere => VaultFaults.BlobMissing(Description, path),
        FileNotFoundException or DirectoryNotFoundException => _tree.Gone(),
        UnauthorizedAccessException => VaultFaults.NotPermitted(Description, path, "permission denied"),
        IOException { HResult: PosixFile.ReadOnly } => VaultFaults.NotPermitted(Description, path, "the file system is read-only"),
        IOException { HResult: PosixFile.NoSpace or PosixFile.QuotaReached or PosixFile.TooBig } => VaultFaults.Full(
            Description, path, _tree.FreeBytes(), expected is { } bytes ? FormattableString.Invariant($"{bytes} bytes") : FormattableString.Invariant($"more than {written} bytes")),
        IOException e => VaultFaults.Failed(Description, path, FormattableString.Invariant($"the operating system says error {e.HResult & 0xffff}")),
        _ => null,
    };
}
