using System.Security.Cryptography;

namespace BuilderDrFunctions.Postgres;

/// <summary>An archive as a private file for pg_restore's several processes, gone when disposed. One that a killed app left behind is removed by the next.</summary>
internal sealed class StagedArchive : IAsyncDisposable
{
    private const string Prefix = "builder-dr-restore-";
    private const string Suffix = ".archive";
    private const int CopyBytes = 1 << 20;

    private readonly FileStream _file;

    private StagedArchive(FileStream file) => _file = file;

    /// <summary>Where it lies.</summary>
    public string Path => _file.Name;

    /// <summary>Its size.</summary>
    public long Length => _file.Length;

    /// <summary>Writes all of <paramref name="archive"/> into a new file of <paramref name="folder"/>.</summary>
    public static async Task<StagedArchive> WriteAsync(Stream archive, string folder, CancellationToken cancellationToken)
    {
        RemoveAbandoned(folder);
        var staged = new StagedArchive(Create(folder));
        try
        {
            await staged.FillAsync(archive, folder, cancellationToken);
            return staged;
        }
        catch
        {
            await staged.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

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

            return new FileStream(System.IO.Path.Combine(folder, Prefix + RandomNumberGenerator.GetHexString(16, lowercase: true) + Suffix), options);
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

    // The next piece is read, and unpacked, while one is written.
    private async Task FillAsync(Stream archive, string folder, CancellationToken cancellationToken)
    {
        var (written, filled) = (new byte[CopyBytes], new byte[CopyBytes]);
        var read = await archive.ReadAsync(filled, cancellationToken);
        while (read > 0)
        {
            (written, filled) = (filled, written);
            var writing = WriteAsync(written.AsMemory(0, read), folder, cancellationToken);
            var reading = archive.ReadAsync(filled, cancellationToken).AsTask();
            await Task.WhenAll(writing, reading);
            read = await reading;
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, string folder, CancellationToken cancellationToken)
    {
        try
        {
            await _file.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException e)
        {
            throw PostgresFaults.CannotStage(folder, e.Message);
        }
    }
}
