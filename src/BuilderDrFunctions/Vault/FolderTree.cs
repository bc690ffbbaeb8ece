namespace BuilderDrFunctions.Vault;

/// <summary>The files and folders under a folder vault's root, and the order of steps that makes each change durable.</summary>
internal sealed class FolderTree(string root, bool createIfMissing)
{
    private const UnixFileMode FolderMode700 = FolderVault.FileMode600 | UnixFileMode.UserExecute;
    private const int PruneRaces = 20;
    private readonly string _staging = Path.Combine(root, ".staging");

    internal string Root => root;

    internal bool Exists => Directory.Exists(root);

    internal string File(string path) => Path.Combine(root, path);

    /// <summary>Bytes this process may still write.</summary>
    internal long FreeBytes() => new DriveInfo(root).AvailableFreeSpace;

    /// <summary>Makes root and staging folder, but never the root's parent: that is where a missing mount would show.</summary>
    internal void Prepare()
    {
        if (Directory.Exists(_staging))
        {
            return;
        }

        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(root));
        if (!Exists && (!createIfMissing || (parent is not null && !Directory.Exists(parent))))
        {
            throw VaultFaults.PlaceMissing(new Uri(root).AbsoluteUri, createIfMissing ? "not even its parent folder is there" : "there is no such folder");
        }

        Make(root);
        Make(_staging);
        PosixFile.FlushDirectory(root);
    }

    internal FileStream Stage()
    {
        Make(_staging);
        return new FileStream(Path.Combine(_staging, Guid.NewGuid().ToString("N")), Private(new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        }));
    }

    /// <summary>Gives a staged, flushed file its name; false when the name is taken.</summary>
    internal bool TryLink(string staged, string path)
    {
        var file = File(path);
        for (var attempt = 1; ; attempt++)
        {
            MakeParents(path);
            if (Directory.Exists(file))
            {
                throw VaultFaults.PathRefused(path, "a folder of the vault has that name");
            }

            var error = LinkOrMove(staged, file);
            if (error is 0 or PosixFile.Exists)
            {
                PosixFile.FlushDirectory(Path.GetDirectoryName(file)!);
                return error == 0;
            }

            if (PosixFile.CannotLink(error))
            {
                throw VaultFaults.NoConditionalCreate(new Uri(root).AbsoluteUri, FormattableString.Invariant($"link() gives error {error}"));
            }

            // A deletion pruned the folder after it was made: make it again.
            if (error != PosixFile.NoEntry || attempt == PruneRaces)
            {
                // A full disk, one that turned read-only or fails: as for any other write.
                throw error == PosixFile.Denied ? new UnauthorizedAccessException() : new IOException($"link() gives error {error}", error);
            }
        }
    }

    /// <summary>Puts a staged, flushed file over an existing one.</summary>
    internal bool Rename(string staged, string path)
    {
        System.IO.File.Move(staged, File(path), overwrite: true);
        PosixFile.FlushDirectory(Path.GetDirectoryName(File(path))!);
        return true;
    }

    internal bool Remove(string path)
    {
        if (!System.IO.File.Exists(File(path)))
        {
            return false;
        }

        System.IO.File.Delete(File(path));
        return true;
    }

    /// <summary>Makes a removal durable, and removes the folders it left empty.</summary>
    internal void FlushAndPrune(string path)
    {
        var folder = Path.GetDirectoryName(File(path))!;
        PosixFile.FlushDirectory(folder);
        try
        {
            while (folder.Length > Path.TrimEndingDirectorySeparator(root).Length && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
                folder = Path.GetDirectoryName(folder)!;
            }
        }
        catch (IOException)
        {
            // Filled again meanwhile, or removed by another deletion. A folder left empty is never listed, so nothing depends on this.
        }
    }

    internal void RemoveLeftovers(DateTimeOffset lastWrittenBefore)
    {
        foreach (var file in new DirectoryInfo(_staging).EnumerateFiles())
        {
            if (file.LastWriteTimeUtc < lastWrittenBefore.UtcDateTime)
            {
                file.Delete();
            }
        }
    }

    /// <summary>A file made with these options is its owner's alone.</summary>
    internal static FileStreamOptions Private(FileStreamOptions options)
    {
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = FolderVault.FileMode600;
        }

        return options;
    }

    private static int LinkOrMove(string staged, string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            return PosixFile.Link(staged, file);
        }

        try
        {
            System.IO.File.Move(staged, file, overwrite: false);
            return 0;
        }
        catch (DirectoryNotFoundException)
        {
            return PosixFile.NoEntry;
        }
        catch (IOException) when (System.IO.File.Exists(file))
        {
            return PosixFile.Exists;
        }
    }

    /// <summary>Makes the folders of <paramref name="path"/>, each made durable in its parent.</summary>
    private void MakeParents(string path)
    {
        for (var cut = path.IndexOf('/', StringComparison.Ordinal); cut > 0; cut = path.IndexOf('/', cut + 1))
        {
            var folder = File(path[..cut]);
            if (System.IO.File.Exists(folder))
            {
                throw VaultFaults.PathRefused(path, "a file of the vault has the name of one of its folders");
            }

            if (!Directory.Exists(folder))
            {
                Make(folder);
                PosixFile.FlushDirectory(Path.GetDirectoryName(folder)!);
            }
        }
    }

    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, FolderMode700);
        }
    }
}
