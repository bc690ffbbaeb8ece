using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace BuilderDrFunctions.Habitat;

/// <summary>A script in an SSH session.</summary>
internal sealed class SshSession : HostSession
{
    // A command that ignores SIGTERM is killed on its host after five seconds.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private readonly SshCommand _command;
    private readonly Task _running;
    private readonly Stream _input;
    private readonly string _host;
    private readonly CancellationToken _closed;
    private Action? _release;

    private SshSession(SshCommand command, string host, Action release, CancellationToken closed)
    {
        _command = command;
        _host = host;
        _closed = closed;
        _running = command.ExecuteAsync(CancellationToken.None);
        _input = command.CreateInputStream();
        Ended = EndAsync();
        Output = new SessionStream(command.OutputStream, Ended);
        Error = new SessionStream(command.ExtendedOutputStream, Ended);
        _release = release;
    }

    internal override Stream Output { get; }

    internal override Stream Error { get; }

    internal override Task<int> Ended { get; }

    /// <summary>Starts the command; from then on disposing the session calls <paramref name="release"/>.</summary>
    /// <remarks><paramref name="closed"/> ends it here when its connection is given up; the host's watcher ends it there.</remarks>
    internal static SshSession Start(SshCommand command, string host, Action release, CancellationToken closed) => new(command, host, release, closed);

    internal override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        try
        {
            // The library sends on the calling thread, and waits while the server's window is closed.
            await Task.Run(() => _input.Write(bytes.Span), cancellationToken).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (IsGone(e))
        {
            // Ended already, or cut off: Ended says which.
        }
    }

    internal override void CloseInput()
    {
        try
        {
            _input.Dispose();
        }
        catch (Exception e) when (IsGone(e))
        {
            // Ended already, or cut off: nothing is left to be told.
        }
    }

    public override async ValueTask DisposeAsync()
    {
        CloseInput();
        await ((Task)Task.WhenAny(Ended, Task.Delay(EndLimit, CancellationToken.None))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _command.Dispose();
        Interlocked.Exchange(ref _release, value: null)?.Invoke();
    }

    private static bool IsGone(Exception e) => e is SshException or SocketException or IOException or ObjectDisposedException or InvalidOperationException;

    private async Task<int> EndAsync()
    {
        try
        {
            await _running.WaitAsync(_closed);
        }
        catch (Exception e) when (IsGone(e) || e is OperationCanceledException)
        {
            // Ends the streams too, on which readers may wait.
            _command.Dispose();
            throw HabitatFaults.ConnectionBroke(_host, "running a command");
        }

        return _command.ExitStatus ?? (_command.ExitSignal is null ? throw HabitatFaults.ConnectionBroke(_host, "running a command") : SignalExitCode(_command.ExitSignal));
    }

    private static int SignalExitCode(string signal) => 128 + signal switch
    {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "KILL" => 9,
        "PIPE" => 13,
        _ => 15,
    };
}
