using System.Text;
using System.Text.RegularExpressions;

namespace BuilderDrFunctions.Habitat;

/// <summary>A host that runs POSIX shell scripts: what SSH and this machine have in common.</summary>
internal abstract partial class ShellBuilderHost(ServiceOptions options) : IBuilderHost
{
    private const int OutputLimit = 4 * 1024 * 1024;

    /// <inheritdoc/>
    public abstract string Description { get; }

    /// <summary>The site's settings.</summary>
    protected ServiceOptions Options => options;

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        const string script = "dd bs=1 count=0 iflag=fullblock </dev/null 2>/dev/null && stat -c %a / >/dev/null && head -c 0 </dev/null && echo builder-dr";
        var result = await RunAsync(new HostCommand("sh", ["-c", script]), cancellationToken);
        if (result.ExitCode != 0 || result.Output.Trim() is not "builder-dr")
        {
            throw HabitatFaults.NoShell(Description, FormattableString.Invariant($"a test command ended with exit code {result.ExitCode}"));
        }
    }

    /// <inheritdoc/>
    public async Task<HostCommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await ExecuteAsync(command, HostScripts.Run, input: null, OutputLimit, cancellationToken);
        return new HostCommandResult(exitCode, Encoding.UTF8.GetString(output), error);
    }

    /// <inheritdoc/>
    public async Task<IRunningCommand> StreamAsync(HostCommand command, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(command, StreamScript, cancellationToken);
        try
        {
            await session.WriteAsync(Secrets(command), cancellationToken);
            return new RunningCommand(session, Flow(session), Description, command, session.CloseInput);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public abstract Task<IFedCommand> FeedAsync(HostCommand command, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<HostFile>> FindFilesAsync(string pattern, CancellationToken cancellationToken) =>
        await FindFilesAsync([pattern], cancellationToken) is [{ Complete: true } match]
            ? match.Files
            : throw HabitatFaults.FileUnreadable(Description, pattern);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HostMatch>> FindFilesAsync(IReadOnlyList<string> patterns, CancellationToken cancellationToken) =>
        new HostFiles(this, options.Sudo).FindAsync(patterns, cancellationToken);

    /// <inheritdoc/>
    public async Task<byte[]?> ReadFileAsync(string path, CancellationToken cancellationToken) =>
        await ReadFilesAsync([path], cancellationToken) is [{ Presence: not FilePresence.Unreadable } file]
            ? file.Content
            : throw HabitatFaults.FileUnreadable(Description, path);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HostContent>> ReadFilesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        new HostFiles(this, options.Sudo).ReadAsync(paths, cancellationToken);

    /// <inheritdoc/>
    public Task WriteFileAsync(HostFile file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        new HostFiles(this, options.Sudo).WriteAsync(file, content, cancellationToken);

    /// <inheritdoc/>
    public Task KeepFileAsync(string path, string copy, CancellationToken cancellationToken) => new HostFiles(this, options.Sudo).KeepAsync(path, copy, cancellationToken);

    /// <inheritdoc/>
    public Task PutBackFileAsync(string path, string copy, CancellationToken cancellationToken) => new HostFiles(this, options.Sudo).PutBackAsync(path, copy, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveFileAsync(string path, CancellationToken cancellationToken) => new HostFiles(this, options.Sudo).RemoveAsync(path, cancellationToken);

    /// <inheritdoc/>
    public abstract Task<(string Host, int Port)> ReachAsync(string host, int port, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Runs to the end, gathering output up to a limit; input, where given, becomes the command's own.</summary>
    internal async Task<(int ExitCode, byte[] Output, string Error)> ExecuteAsync(
        HostCommand command, string script, ReadOnlyMemory<byte>? input, int outputLimit, CancellationToken cancellationToken)
    {
        var timeout = command.Timeout ?? options.CommandTimeout;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            await using var session = await OpenAsync(command, script, limit.Token);
            var error = new OutputTail(session.Error);
            await session.WriteAsync(Secrets(command), limit.Token);
            if (input is { } bytes)
            {
                await session.WriteAsync(bytes, limit.Token);
                session.CloseInput();
            }

            var output = await ReadAsync(session.Output, outputLimit, limit.Token);
            if (output.Length > outputLimit)
            {
                throw HabitatFaults.OutputTooLarge(Description, command.Program, outputLimit);
            }

            var exitCode = await session.Ended.WaitAsync(limit.Token);
            return (exitCode, output, await error.TextAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HabitatFaults.CommandTimedOut(Description, command.Program, timeout);
        }
    }

    /// <summary>Starts a command that is fed, and the guard that ends it; with it goes <paramref name="connection"/>.</summary>
    protected async Task<IFedCommand> FeedAsync(HostCommand command, IAsyncDisposable? connection, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(command, HostScripts.FeedInGroup, cancellationToken);
        try
        {
            await session.WriteAsync(Secrets(command), cancellationToken);
            var group = await ReadGroupAsync(session.Output, cancellationToken);
            var guarding = new HostCommand("sh", ["-c", HostScripts.Guard, "sh", group]);
            var guard = await OpenAsync(guarding, HostScripts.Run, cancellationToken);
            try
            {
                await guard.WriteAsync(Secrets(guarding), cancellationToken);
                // Told to end before it stands, it would be gone, and what it guards would go on.
                await ReadGroupAsync(guard.Output, cancellationToken);
                return new FedCommand(session, guard, Description, command, connection);
            }
            catch
            {
                await guard.DisposeAsync();
                throw;
            }
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>The script for a streamed command.</summary>
    protected abstract string StreamScript { get; }

    /// <summary>A streamed command's output with back-pressure.</summary>
    protected abstract Stream Flow(HostSession session);

    /// <summary>Starts a script; <paramref name="words"/> become its <c>"$@"</c>.</summary>
    protected abstract Task<HostSession> OpenAsync(string script, IReadOnlyList<string> words, CancellationToken cancellationToken);

    private Task<HostSession> OpenAsync(HostCommand command, string script, CancellationToken cancellationToken)
    {
        string[] words = [.. command.Program.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. command.Arguments];
        var secrets = command.SecretEnvironment ?? new Dictionary<string, string>(StringComparer.Ordinal);
        if (words.Length == 0 || words.Any(word => word.Contains('\0', StringComparison.Ordinal)))
        {
            throw new ArgumentException("A command needs a program, and no word of it may hold a zero byte.", nameof(command));
        }

        if (secrets.Any(secret => !VariableName.IsMatch(secret.Key) || secret.Value.AsSpan().ContainsAny('\0', '\n')))
        {
            throw new ArgumentException("A secret needs the name of a variable, and its value may hold no line break.", nameof(command));
        }

        return OpenAsync(HostScripts.WithSecrets(script, secrets.Keys), words, cancellationToken);
    }

    private static byte[] Secrets(HostCommand command) =>
        Encoding.UTF8.GetBytes("\n" + string.Concat(command.SecretEnvironment?.Values.Select(value => value + "\n") ?? []));

    // Byte by byte: what follows is the command's own.
    private async Task<string> ReadGroupAsync(Stream output, CancellationToken cancellationToken)
    {
        var digits = new StringBuilder();
        var next = new byte[1];
        while (await output.ReadAsync(next, cancellationToken) > 0 && next[0] is >= (byte)'0' and <= (byte)'9')
        {
            digits.Append((char)next[0]);
        }

        return next[0] == '\n' && digits.Length > 0 ? digits.ToString() : throw HabitatFaults.NoShell(Description, "a command did not tell its process group");
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (content.Length <= limit && await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            await content.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        return content.ToArray();
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex VariableName { get; }
}
