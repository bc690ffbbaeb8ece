namespace BuilderDrFunctions.Habitat;

/// <summary>A command for a Builder host.</summary>
/// <param name="Program">The program and the words before its arguments, such as <c>hab pkg exec core/postgresql17 pg_dump</c>.</param>
/// <param name="Arguments">Quoted by the host's implementation; never a secret.</param>
/// <param name="SecretEnvironment">Variables handed over on standard input, so that no process list shows them.</param>
/// <param name="Timeout">When it is ended.</param>
public sealed record HostCommand(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string>? SecretEnvironment = null,
    TimeSpan? Timeout = null);

/// <summary>How a command ended.</summary>
public sealed record HostCommandResult(int ExitCode, string Output, string Error);

/// <summary>A file on a Builder host.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Mode">Permission bits, such as octal 600.</param>
/// <param name="Owner">User name; null where it is of no matter.</param>
public sealed record HostFile(string Path, long Bytes, UnixFileMode Mode, string? Owner);

/// <summary>What a pattern matched.</summary>
/// <param name="Pattern">A shell pattern of absolute paths.</param>
/// <param name="Complete">False where a folder on the way may not be read, which hides what is in it.</param>
/// <param name="Files">In ordinal order.</param>
public sealed record HostMatch(string Pattern, bool Complete, IReadOnlyList<HostFile> Files);

/// <summary>A small file's content.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Presence">Whether it was there and readable.</param>
/// <param name="Content">All of it where present, else null.</param>
public sealed record HostContent(string Path, FilePresence Presence, byte[]? Content);

/// <summary>A running command whose standard output is being read. Disposing it ends the command on its host, and waits until it has ended.</summary>
public interface IRunningCommand : IAsyncDisposable
{
    /// <summary>The command's standard output.</summary>
    Stream Output { get; }

    /// <summary>Waits for the end, once the output is read; gives exit code and the last 16 KB of standard error.</summary>
    Task<HostCommandResult> CompleteAsync(CancellationToken cancellationToken);
}

/// <summary>A running command that is fed. Disposing it ends the command as it does any other.</summary>
public interface IFedCommand : IRunningCommand
{
    /// <summary>The command's standard input: a write waits until the command has room for it, and disposing it is its end.</summary>
    Stream Input { get; }
}
