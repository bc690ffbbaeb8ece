using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Vault;

/// <summary>The files and folders under a folder vault's root, and the order of steps that makes each change durable.</summary>
internal sealed class FolderTree(string root, bool createIfMissing)
{
    private const UnixFileMode FolderMode700 = FolderVault.FileMode600 | UnixFileMode.UserExecute;
    private const int PruneRaces = 20;
    private const string MarkerName = ".vault";
    private const string ContentName = "sites";
    private readonly string _staging = Path.Combine(root, ".staging");
    private readonly string _marker = Path.Combine(root, MarkerName);
    private volatile bool _wasMarked;
    private volatile bool _cannotBeMarked;

    internal string Root => root;

    /// <summary>Whether the vault is here; where its disk is not mounted, there is at most the folder it is mounted on.</summary>
    internal bool IsHere => System.IO.File.Exists(_marker) || HasContent;

    private bool HasContent => Directory.Exists(Path.Combine(root, ContentName));

    internal string File(string path) => Path.Combine(root, path);

    /// <summary>Bytes this process may still write.</summary>
    internal long FreeBytes() => new DriveInfo(root).AvailableFreeSpace;

    /// <summary>Sees that the vault is here, by one look at its marker; makes a new one where it may, and marks one from before there were markers.</summary>
    /// <remarks>The root's parent is never made, and nothing once a vault was seen: that is where a missing mount would show.</remarks>
    internal void Prepare()
    {
        // In this order: what another thread marks between the two is not missed.
        var wasMarked = _wasMarked;
        if (IsMarked())
        {
            _wasMarked = true;
            return;
        }

        if (wasMarked || (_cannotBeMarked && !HasContent))
        {
            throw Gone();
        }

        if (_cannotBeMarked)
        {
            return;
        }

        if (HasContent)
        {
            Adopt();
            return;
        }

        Create();
    }

    /// <summary>What is told where the vault is not here, though it was, or must be.</summary>
    internal FaultException Gone() => VaultFaults.NotHere(
        new Uri(root).AbsoluteUri,
        !Directory.Exists(root) ? "there is no such folder" : _wasMarked ? $"its '{MarkerName}' is gone" : $"the folder holds neither '{MarkerName}' nor '{ContentName}'");

    private void Create()
    {
        if (!createIfMissing)
        {
            throw Gone();
        }

        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(root));
        if (parent is not null && !Directory.Exists(parent))
        {
            throw VaultFaults.PlaceMissing(new Uri(root).AbsoluteUri, "not even its parent folder is there");
        }

        Make(root);
        Mark();
    }

    // Of a read-only or full one everything can still be read.
    private void Adopt()
    {
        try
        {
            Mark();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _cannotBeMarked = true;
        }
    }

    private void Mark()
    {
        using (var marker = new FileStream(_marker, Private(new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite })))
        {
            marker.Flush(flushToDisk: true);
        }

        PosixFile.FlushDirectory(root);
        _wasMarked = true;
    }

    private bool IsMarked()
    {
        var marker = new FileInfo(_marker);
        if (marker.Exists)
        {
            return true;
        }

        // It throws where the disk or the network did not tell, which is not absence.
        _ = marker.Attributes;
        return false;
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
        Make(_staging);
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
