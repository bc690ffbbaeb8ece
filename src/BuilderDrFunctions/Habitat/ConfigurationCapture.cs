using System.Formats.Tar;
using System.Security.Cryptography;

namespace BuilderDrFunctions.Habitat;

/// <summary>Gathers a Builder's keys and configuration files into one tar stream, which the caller encrypts and stores.</summary>
/// <remarks>An absent file is recorded as absent. A key that is there and cannot be read is a permanent fault: a set without it looks whole and is not.</remarks>
public sealed class ConfigurationCapture(IBuilderHost host, ServiceOptions options)
{
    private const int MostAtOnce = 100;
    private const long MostBytesAtOnce = 16 * 1024 * 1024;

    /// <summary>Reads every file without keeping it: what a capture would find, or the fault it would end with.</summary>
    public Task<IReadOnlyList<CapturedFile>> CheckAsync(CancellationToken cancellationToken) => GatherAsync(static (_, _, _) => Task.CompletedTask, cancellationToken);

    /// <summary>Writes the tar, entries named by absolute path without its first slash, with mode and owner.</summary>
    /// <returns>What is in it, and what was looked for and not found, in ordinal order.</returns>
    public async Task<IReadOnlyList<CapturedFile>> WriteAsync(Stream target, CancellationToken cancellationToken)
    {
        await using var tar = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
        return await GatherAsync(async (file, content, token) =>
        {
            using var data = new MemoryStream(content, writable: false);
            await tar.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, file.Path[1..])
                {
                    Mode = file.Mode,
                    UserName = file.Owner ?? "",
                    ModificationTime = DateTimeOffset.UnixEpoch,
                    DataStream = data,
                },
                token);
        }, cancellationToken);
    }

    private async Task<IReadOnlyList<CapturedFile>> GatherAsync(Func<HostFile, byte[], CancellationToken, Task> keep, CancellationToken cancellationToken)
    {
        // Few commands: a login shell with much to do at its start makes each one slow, and the API may be down meanwhile.
        var matches = await host.FindFilesAsync([.. ConfigurationFiles.KeyPatterns(options), .. ConfigurationFiles.OtherPatterns(options)], cancellationToken);
        var captured = new SortedDictionary<string, CapturedFile>(StringComparer.Ordinal);
        foreach (var match in matches.Where(match => match.Files.Count == 0 || !match.Complete))
        {
            var isKey = ConfigurationFiles.IsKey(match.Pattern);
            if (isKey && !match.Complete)
            {
                throw HabitatFaults.KeyUnreadable(host.Description, match.Pattern);
            }

            var presence = match.Complete ? FilePresence.Absent : FilePresence.Unreadable;
            captured.TryAdd(match.Pattern, new CapturedFile(match.Pattern, presence, isKey, 0, Mode: null, Owner: null, Sha256: null));
        }

        var files = matches.SelectMany(match => match.Files).DistinctBy(file => file.Path, StringComparer.Ordinal).OrderBy(file => file.Path, StringComparer.Ordinal);
        foreach (var batch in Batches(files))
        {
            var contents = await host.ReadFilesAsync([.. batch.Select(file => file.Path)], cancellationToken);
            foreach (var (file, content) in batch.Zip(contents))
            {
                captured[file.Path] = await CaptureAsync(file, content, keep, cancellationToken);
            }
        }

        return [.. captured.Values];
    }

    private async Task<CapturedFile> CaptureAsync(
        HostFile file, HostContent read, Func<HostFile, byte[], CancellationToken, Task> keep, CancellationToken cancellationToken)
    {
        var isKey = ConfigurationFiles.IsKey(file.Path);
        var mode = Convert.ToString((int)file.Mode, 8);
        if (read.Content is not { } content)
        {
            return isKey && read.Presence == FilePresence.Unreadable
                ? throw HabitatFaults.KeyUnreadable(host.Description, file.Path)
                : new CapturedFile(file.Path, read.Presence, isKey, 0, mode, file.Owner, Sha256: null);
        }

        await keep(file, content, cancellationToken);
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        CryptographicOperations.ZeroMemory(content);
        return new CapturedFile(file.Path, FilePresence.Present, isKey, content.Length, mode, file.Owner, digest);
    }

    /// <summary>As many files as one answer may hold.</summary>
    private static IEnumerable<IReadOnlyList<HostFile>> Batches(IEnumerable<HostFile> files)
    {
        var batch = new List<HostFile>();
        foreach (var file in files)
        {
            if (batch.Count == MostAtOnce || (batch.Count > 0 && batch.Sum(f => f.Bytes) + file.Bytes > MostBytesAtOnce))
            {
                yield return batch;
                batch = [];
            }

            batch.Add(file);
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
