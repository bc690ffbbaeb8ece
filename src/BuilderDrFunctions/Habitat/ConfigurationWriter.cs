using System.Formats.Tar;
using System.Security.Cryptography;

namespace BuilderDrFunctions.Habitat;

/// <summary>Puts keys and configuration files of a <see cref="ConfigurationCapture"/> back.</summary>
/// <remarks>
/// Everything is compared before anything is written: a key that differs from the one on the host refuses the whole, unless asked otherwise. What is no
/// key is put beside, for an operator to look at: the machine's own configuration goes with its own passwords.
/// </remarks>
public sealed class ConfigurationWriter(IBuilderHost host)
{
    private const int MostAtOnce = 50;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Says what <see cref="WriteAsync"/> would do, and changes nothing.</summary>
    public async Task<IReadOnlyList<RestoredFile>> PlanAsync(Stream tar, ConfigurationWish wish, CancellationToken cancellationToken) =>
        [.. (await CompareAsync(tar, wish, cancellationToken)).Select(file => file.Restored)];

    /// <summary>Writes what is absent, and what differs, as far as <paramref name="wish"/> says; owner and mode as they were saved.</summary>
    /// <param name="tar">The package.</param>
    /// <param name="wish">What may be written.</param>
    /// <param name="announce">Told what becomes of every file, before the first is touched.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Faults.PermanentFaultException">A key differs (DR6041), or the package is malformed (DR6042).</exception>
    public async Task<IReadOnlyList<RestoredFile>> WriteAsync(
        Stream tar, ConfigurationWish wish, Func<IReadOnlyList<RestoredFile>, Task> announce, CancellationToken cancellationToken)
    {
        var files = await CompareAsync(tar, wish, cancellationToken);
        IReadOnlyList<RestoredFile> outcomes = [.. files.Select(file => file.Restored)];
        await announce(outcomes);
        foreach (var (file, content, restored) in files)
        {
            var target = restored.Outcome switch
            {
                RestoreOutcome.Written or RestoreOutcome.Replaced => file,
                RestoreOutcome.Beside => new HostFile(wish.BesideFolder + file.Path, file.Bytes, OwnerOnly, Owner: null),
                _ => null,
            };
            if (restored.Outcome == RestoreOutcome.Replaced)
            {
                await host.KeepFileAsync(file.Path, file.Path + wish.KeptSuffix, cancellationToken);
            }

            if (target is not null)
            {
                await host.WriteFileAsync(target, content, cancellationToken);
            }

            CryptographicOperations.ZeroMemory(content);
        }

        return outcomes;
    }

    /// <summary>Takes back what <see cref="WriteAsync"/> announced, as far as it came: what was replaced is put back, what was absent is removed. Doing it again is success.</summary>
    /// <param name="files">As first announced.</param>
    /// <param name="keptSuffix">The wish's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task TakeBackAsync(IReadOnlyList<RestoredFile> files, string keptSuffix, CancellationToken cancellationToken)
    {
        foreach (var file in files.Where(file => file.Outcome == RestoreOutcome.Replaced))
        {
            await host.PutBackFileAsync(file.Path, file.Path + keptSuffix, cancellationToken);
        }

        foreach (var file in files.Where(file => file.Outcome == RestoreOutcome.Written))
        {
            await host.RemoveFileAsync(file.Path, cancellationToken);
        }
    }

    private static async Task<List<(HostFile File, byte[] Content)>> ReadAsync(Stream tar, ConfigurationWish wish, CancellationToken cancellationToken)
    {
        var files = new List<(HostFile, byte[])>();
        try
        {
            await using var reader = new TarReader(tar, leaveOpen: true);
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                if (entry.EntryType != TarEntryType.RegularFile || entry.Name.Split('/').Any(part => part is "" or "." or ".."))
                {
                    throw HabitatFaults.PackageMalformed("it has an entry that is no file with a plain path");
                }

                using var content = new MemoryStream();
                if (entry.DataStream is not null)
                {
                    await entry.DataStream.CopyToAsync(content, cancellationToken);
                }

                var path = ConfigurationFiles.Moved("/" + entry.Name, wish.SavedHabRoot, wish.HabRoot);
                files.Add((new HostFile(path, content.Length, entry.Mode, entry is PosixTarEntry { UserName.Length: > 0 } posix ? posix.UserName : null), content.ToArray()));
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw HabitatFaults.PackageMalformed("it is no tar, or it is cut off");
        }

        return files;
    }

    private async Task<List<(HostFile File, byte[] Content, RestoredFile Restored)>> CompareAsync(Stream tar, ConfigurationWish wish, CancellationToken cancellationToken)
    {
        var compared = new List<(HostFile, byte[], RestoredFile)>();
        var files = await ReadAsync(tar, wish, cancellationToken);
        var present = new List<HostContent>();
        foreach (var batch in files.Chunk(MostAtOnce))
        {
            present.AddRange(await host.ReadFilesAsync([.. batch.Select(saved => saved.File.Path)], cancellationToken));
        }

        foreach (var ((file, content), read) in files.Zip(present))
        {
            var there = read.Presence == FilePresence.Unreadable ? throw HabitatFaults.FileUnreadable(host.Description, file.Path) : read.Content;
            var isKey = ConfigurationFiles.IsKey(file.Path);
            var outcome = there switch
            {
                not null when there.AsSpan().SequenceEqual(content) => RestoreOutcome.Same,
                not null when isKey && !wish.ReplaceKeys => throw HabitatFaults.KeyDiffers(host.Description, file.Path, Digest(there), Digest(content)),
                _ when !isKey && (!wish.WriteConfiguration || ConfigurationFiles.IsOfItsMachine(file.Path)) => RestoreOutcome.Beside,
                null => RestoreOutcome.Written,
                _ => RestoreOutcome.Replaced,
            };

            // What was saved without any permission bits is still a secret's file.
            var mode = file.Mode == UnixFileMode.None ? OwnerOnly : file.Mode;
            compared.Add((file with { Mode = mode }, content, new RestoredFile(file.Path, isKey, outcome)));
        }

        return compared;
    }

    private static string Digest(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8));
}

/// <summary>What an operator wants of the files in a package.</summary>
public sealed record ConfigurationWish
{
    /// <summary>Whether a key that differs from the one of the same revision on the host is replaced; else it refuses the whole.</summary>
    public bool ReplaceKeys { get; init; }

    /// <summary>Whether configuration that is not of its machine, such as <c>user.toml</c>, is written in its place; else it is put beside like all the rest.</summary>
    public bool WriteConfiguration { get; init; }

    /// <summary>The folder that files are put below, by their own paths, when not in their place.</summary>
    public required string BesideFolder { get; init; }

    /// <summary>What is appended to the path of a file that is replaced, for the copy that is kept of it.</summary>
    public required string KeptSuffix { get; init; }

    /// <summary>Where Habitat lay on the host the package was saved from.</summary>
    public string SavedHabRoot { get; init; } = "/hab";

    /// <summary>Where it lies on the host the files go to.</summary>
    public string HabRoot { get; init; } = "/hab";
}

/// <summary>What became of one file.</summary>
public sealed record RestoredFile(string Path, bool IsKey, RestoreOutcome Outcome);

/// <summary>What became of a file.</summary>
public enum RestoreOutcome
{
    /// <summary>It was absent and is now there.</summary>
    Written,

    /// <summary>It was there with the same content.</summary>
    Same,

    /// <summary>It differed and was replaced, as asked.</summary>
    Replaced,

    /// <summary>It is absent or differs and was left so; the saved one lies beside, for reference.</summary>
    Beside,
}
