using System.Formats.Tar;
using System.Security.Cryptography;

namespace BuilderDrFunctions.Habitat;

/// <summary>Puts keys and configuration files of a <see cref="ConfigurationCapture"/> back.</summary>
/// <remarks>Everything is compared before anything is written: a key that differs from the one on the host refuses the whole, unless asked otherwise.</remarks>
public sealed class ConfigurationWriter(IBuilderHost host)
{
    private const int MostAtOnce = 50;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Says what <see cref="WriteAsync"/> would do, and changes nothing.</summary>
    public async Task<IReadOnlyList<RestoredFile>> PlanAsync(Stream tar, ConfigurationWish wish, CancellationToken cancellationToken) =>
        [.. (await CompareAsync(tar, wish, cancellationToken)).Select(file => file.Restored)];

    /// <summary>Writes what is absent, and what differs as far as <paramref name="wish"/> says; owner and mode as they were saved.</summary>
    /// <exception cref="Faults.PermanentFaultException">A key differs (DR6041), or the package is malformed (DR6042).</exception>
    public async Task<IReadOnlyList<RestoredFile>> WriteAsync(Stream tar, ConfigurationWish wish, CancellationToken cancellationToken)
    {
        var files = await CompareAsync(tar, wish, cancellationToken);
        foreach (var (file, content, restored) in files)
        {
            if (restored.Outcome is RestoreOutcome.Written or RestoreOutcome.Replaced)
            {
                await host.WriteFileAsync(file, content, cancellationToken);
            }

            CryptographicOperations.ZeroMemory(content);
        }

        return [.. files.Select(file => file.Restored)];
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
                if (ConfigurationFiles.IsKey(path) || !wish.KeysOnly)
                {
                    files.Add((new HostFile(path, content.Length, entry.Mode, entry is PosixTarEntry { UserName.Length: > 0 } posix ? posix.UserName : null), content.ToArray()));
                }
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
            var outcome = (there is null, there is not null && there.AsSpan().SequenceEqual(content)) switch
            {
                (true, _) => RestoreOutcome.Written,
                (_, true) => RestoreOutcome.Same,
                _ when isKey && !wish.ReplaceKeys => throw HabitatFaults.KeyDiffers(host.Description, file.Path, Digest(there!), Digest(content)),
                _ => isKey || wish.ReplaceConfiguration ? RestoreOutcome.Replaced : RestoreOutcome.Kept,
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
    /// <summary>Builder keys only, not configuration files.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>Whether a key that differs from the one of the same revision on the host is replaced; else it refuses the whole.</summary>
    public bool ReplaceKeys { get; init; }

    /// <summary>Whether configuration files that differ are replaced; else they are kept as they are.</summary>
    public bool ReplaceConfiguration { get; init; }

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

    /// <summary>It differed and was left as it is.</summary>
    Kept,
}
