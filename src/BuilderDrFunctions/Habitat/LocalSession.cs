using System.Diagnostics;

namespace BuilderDrFunctions.Habitat;

/// <summary>A script on this machine, in a process group of its own.</summary>
internal sealed class LocalSession : HostSession
{
    // A command that ignores SIGTERM is killed by its watcher after five seconds.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private readonly Process _process;

    private LocalSession(Process process)
    {
        _process = process;
        Ended = EndAsync();
    }

    internal override Stream Output => _process.StandardOutput.BaseStream;

    internal override Stream Error => _process.StandardError.BaseStream;

    internal override Task<int> Ended { get; }

    public override async ValueTask DisposeAsync()
    {
        CloseInput();
        try
        {
            await Ended.WaitAsync(EndLimit);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await Ended.WaitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    internal static LocalSession Start(string script, IReadOnlyList<string> words)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", script, "sh", .. words])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };

        // The app's own settings hold secrets that no command needs to see.
        foreach (var name in start.Environment.Keys.Where(name => !Passed(name)).ToList())
        {
            start.Environment.Remove(name);
        }

        try
        {
            return new LocalSession(Process.Start(start) ?? throw HabitatFaults.NoShell("this machine", "no process was started"));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw HabitatFaults.NoShell("this machine", "setsid (util-linux) is not installed");
        }
    }

    internal override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(bytes, cancellationToken);
            await _process.StandardInput.BaseStream.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            // It has ended before it read all: its exit code and its words on standard error say why.
        }
    }

    internal override void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // What it did not read is of no more use.
        }
    }

    private static bool Passed(string name) =>
        name is "PATH" or "HOME" or "USER" or "LOGNAME" or "LANG" or "TMPDIR" || name.StartsWith("HAB_", StringComparison.Ordinal);

    private async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        return _process.ExitCode;
    }
}
