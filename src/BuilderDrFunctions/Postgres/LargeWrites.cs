using System.Collections.Concurrent;
using System.ComponentModel;

namespace BuilderDrFunctions.Postgres;

/// <summary>Has a tool write a MiB at a time where it can be had.</summary>
/// <remarks>
/// pg_dump and pg_restore write 4 KiB at a time into a pipe, and much of what a dump costs both sides is the kernel's work with that. GNU stdbuf has the
/// C library give a program a larger buffer, by a library that is loaded before it; a program that brings a C library of its own may not bear that.
/// </remarks>
internal static class LargeWrites
{
    private static readonly TimeSpan TrialLimit = TimeSpan.FromSeconds(10);
    private static readonly string? StdBuf = new[] { "/usr/bin/stdbuf", "/bin/stdbuf" }.FirstOrDefault(File.Exists);
    private static readonly ConcurrentDictionary<(string Program, DateTime Written), bool> Borne = new();

    /// <summary>The words that come before a program's own: none where stdbuf is missing, or where the program does not run as well with it.</summary>
    /// <param name="program">Its path; it is tried once with <c>--version</c>.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    public static async Task<IReadOnlyList<string>> PrefixAsync(string program, CancellationToken cancellationToken)
    {
        if (StdBuf is null)
        {
            return [];
        }

        string[] prefix = [StdBuf, "--output=1M"];
        var key = (program, File.GetLastWriteTimeUtc(program));
        if (!Borne.TryGetValue(key, out var borne))
        {
            if (await TryAsync([.. prefix, program, "--version"], cancellationToken) is not { } found)
            {
                return [];
            }

            Borne[key] = borne = found;
        }

        return borne ? prefix : [];
    }

    /// <summary>Null when the trial says nothing of the program: it took too long, or no process could be started, which the run itself will tell.</summary>
    private static async Task<bool?> TryAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TrialLimit);
        try
        {
            // a locale that is missing here would be complained of with or without it
            await using var run = new LocalToolRun(
                command[0], await ToolLauncher.StartAsync(command, new Dictionary<string, string?>(StringComparer.Ordinal) { ["LC_ALL"] = "C" }));
            await using var abort = limit.Token.Register(run.Abort);
            await run.Input.DisposeAsync();
            await run.Output.CopyToAsync(Stream.Null, CancellationToken.None);
            var exit = await run.CompleteAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return limit.IsCancellationRequested ? null : exit is { Code: 0, Error: "" };
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
