using System.Security.Cryptography;

namespace BuilderDrFunctions.Postgres;

/// <summary>A dump as private files of this machine, gone when disposed. What a killed app left behind is removed by the next.</summary>
/// <remarks>
/// It lies there as it is stored, compressed, and is unpacked on its way to whoever reads its rows: written out in full, an archive would take ten times the
/// room, and longer to write and to read than to unpack. pg_restore's several processes, which make definitions and indexes, want a file of
/// their own, but read no further than its table of contents: they get the archive's beginning.
/// </remarks>
internal sealed class StagedArchive : IAsyncDisposable
{
    private const string Prefix = "builder-dr-restore-";
    private const string Suffix = ".archive";
    private const int CopyBytes = 1 << 20;

    private readonly string _folder;
    private readonly DumpCompression _compression;
    private readonly FileStream _stored;
    private FileStream? _beginning;

    private StagedArchive(string folder, DumpCompression compression)
    {
        _folder = folder;
        _compression = compression;
        _stored = Create(folder);
    }

    /// <summary>A file that pg_restore can make definitions and indexes from: for gzip, whose archives are stored as they are, all of it.</summary>
    public string ContentsPath => (_beginning ?? _stored).Name;

    /// <summary>Writes all of <paramref name="stored"/> into a new file of <paramref name="folder"/>.</summary>
    public static async Task<StagedArchive> WriteAsync(Stream stored, DumpCompression compression, string folder, CancellationToken cancellationToken)
    {
        RemoveAbandoned(folder);
        var staged = new StagedArchive(folder, compression);
        try
        {
            await staged.FillAsync(stored, cancellationToken);
            return staged;
        }
        catch
        {
            await staged.DisposeAsync();
            throw;
        }
    }

    /// <summary>The plain archive from its beginning, for one reader at a time.</summary>
    public Task<ArchiveReader> OpenAsync(CancellationToken cancellationToken)
    {
        _stored.Position = 0;
        return ArchiveReader.OpenAsync(_stored, _compression, cancellationToken);
    }

    /// <summary>Takes the next bytes of the archive's beginning.</summary>
    public async ValueTask KeepBeginningAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_compression == DumpCompression.Zstd)
        {
            _beginning ??= Create(_folder);
            await WriteAsync(_beginning, bytes, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stored.DisposeAsync();
        if (_beginning is not null)
        {
            await _beginning.DisposeAsync();
        }
    }

    private static FileStream Create(string folder)
    {
        try
        {
            // not shared, and open as long as it lives: the lock that comes with it tells a file in use from an abandoned one
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return new FileStream(Path.Combine(folder, Prefix + RandomNumberGenerator.GetHexString(16, lowercase: true) + Suffix), options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PostgresFaults.CannotStage(folder, e.Message);
        }
    }

    private static void RemoveAbandoned(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var path in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}"))
        {
            try
            {
                using var abandoned = new FileStream(path, new FileStreamOptions { Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // in use by another restore, or another user's
            }
        }
    }

    // The next piece is read while one is written.
    private async Task FillAsync(Stream stored, CancellationToken cancellationToken)
    {
        var (written, filled) = (new byte[CopyBytes], new byte[CopyBytes]);
        var read = await stored.ReadAsync(filled, cancellationToken);
        while (read > 0)
        {
            (written, filled) = (filled, written);
            var writing = WriteAsync(_stored, written.AsMemory(0, read), cancellationToken);
            var reading = stored.ReadAsync(filled, cancellationToken).AsTask();
            await Task.WhenAll(writing, reading);
            read = await reading;
        }
    }

    private async Task WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await file.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException e)
        {
            throw PostgresFaults.CannotStage(_folder, e.Message);
        }
    }
}
