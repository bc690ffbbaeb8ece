namespace BuilderDrFunctions.Habitat;

/// <summary>The machine a Builder runs on, reached over SSH or this very one: commands, files, and a way to its loopback ports.</summary>
/// <remarks>
/// Paths are absolute on that host. Errors are <see cref="Faults.FaultException"/>s (DR6xxx) whose text holds no secret.
/// Secrets go to a command on its standard input, never as an argument.
/// </remarks>
public interface IBuilderHost : IAsyncDisposable
{
    /// <summary><c>user@host:port</c> or <c>this machine</c>, for messages.</summary>
    string Description { get; }

    /// <summary>Connects and proves that a command can be run.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Runs a command to its end and gathers its (small) output; a non-zero exit code is no exception.</summary>
    Task<HostCommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken);

    /// <summary>Runs a command and streams its standard output with back-pressure: unread bytes never pile up in memory.</summary>
    Task<IRunningCommand> StreamAsync(HostCommand command, CancellationToken cancellationToken);

    /// <summary>Runs a command that is fed with back-pressure. What it prints meanwhile is kept in memory, so it must be little.</summary>
    Task<IFedCommand> FeedAsync(HostCommand command, CancellationToken cancellationToken);

    /// <summary>The files that match a shell pattern such as <c>/hab/svc/builder-api/files/bldr-*.pub</c>, in ordinal order.</summary>
    Task<IReadOnlyList<HostFile>> FindFilesAsync(string pattern, CancellationToken cancellationToken);

    /// <summary>Searches by several patterns; a host that can asks for all in one command.</summary>
    async Task<IReadOnlyList<HostMatch>> FindFilesAsync(IReadOnlyList<string> patterns, CancellationToken cancellationToken)
    {
        var matches = new List<HostMatch>();
        foreach (var pattern in patterns)
        {
            matches.Add(new HostMatch(pattern, Complete: true, await FindFilesAsync(pattern, cancellationToken)));
        }

        return matches;
    }

    /// <summary>Reads several small files; a host that can asks for all in one command.</summary>
    async Task<IReadOnlyList<HostContent>> ReadFilesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var contents = new List<HostContent>();
        foreach (var path in paths)
        {
            var content = await ReadFileAsync(path, cancellationToken);
            contents.Add(new HostContent(path, content is null ? FilePresence.Absent : FilePresence.Present, content));
        }

        return contents;
    }

    /// <summary>A small file's content, or null when it is absent; an unreadable one is a permanent fault.</summary>
    Task<byte[]?> ReadFileAsync(string path, CancellationToken cancellationToken);

    /// <summary>Writes a small file whole (temporary name, mode and owner set, then renamed).</summary>
    /// <param name="file">Path, mode and owner; an owner of null leaves it to the session's user.</param>
    /// <param name="content">All of it.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    Task WriteFileAsync(HostFile file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Keeps a copy of a file under another name in its folder, with mode and owner; one that is there already stays as it is.</summary>
    Task KeepFileAsync(string path, string copy, CancellationToken cancellationToken);

    /// <summary>Puts a copy that was kept back in its file's place; without one nothing is changed.</summary>
    Task PutBackFileAsync(string path, string copy, CancellationToken cancellationToken);

    /// <summary>Removes a file; one that is not there is no error.</summary>
    Task RemoveFileAsync(string path, CancellationToken cancellationToken);

    /// <summary>An address by which this machine reaches <paramref name="port"/> of <paramref name="host"/> as the Builder host sees it; a tunnel over SSH, kept until this is disposed.</summary>
    Task<(string Host, int Port)> ReachAsync(string host, int port, CancellationToken cancellationToken);
}
