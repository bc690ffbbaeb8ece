using System.Diagnostics;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>A server the sandbox started: its log's tail, its end, and a way to stop it. It dies with this program.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly LogTail tail;

    private ServerProcess(string name, Process process, int logLines)
    {
        Name = name;
        tail = new LogTail(logLines);
        this.process = process;
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>The server's own process id: the wrappers exec it.</summary>
    public int Id => process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>The last lines it wrote.</summary>
    public string Log => tail.ToString();

    /// <summary>Starts a server; a program that is not installed is a <see cref="MissingServerException"/>.</summary>
    public static async Task<ServerProcess> StartAsync(ServerCommand command)
    {
        var program = command.Program.Contains('/', StringComparison.Ordinal)
            ? command.Program
            : Programs.Find(command.Program);
        var start = StartInfo(command with { Program = program });
        return await LauncherThread.RunAsync(() =>
        {
            var server = new ServerProcess(command.Name, new Process { StartInfo = start }, command.LogLines);
            server.process.Start();
            server.process.StandardInput.Close();
            server.process.BeginOutputReadLine();
            server.process.BeginErrorReadLine();
            return server;
        });
    }

    /// <summary>Sends a signal; false when the process is gone.</summary>
    public bool Signal(UnixSignal signal) => !process.HasExited && NativeSignals.Send(process.Id, signal);

    /// <summary>Waits until <paramref name="ready"/> holds; a server that ends first, or time that runs out, throws with the log's tail.</summary>
    public async Task WaitUntilAsync(Func<CancellationToken, Task<bool>> ready, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!await Condition.TryAwaitAsync(async token => process.HasExited || await ready(token), timeout, cancellationToken))
        {
            throw new TimeoutException($"{Name} was not ready within {timeout.TotalSeconds:0} s. Its last lines:\n{Log}");
        }

        if (process.HasExited)
        {
            await process.WaitForExitAsync(cancellationToken);
            throw new InvalidOperationException($"{Name} ended with exit code {process.ExitCode}. Its last lines:\n{Log}");
        }
    }

    /// <summary>Waits for its end and gives the exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Sends <paramref name="signal"/>, waits <paramref name="grace"/>, then kills; returns once it has ended.</summary>
    public async Task StopAsync(UnixSignal signal, TimeSpan grace)
    {
        Signal(signal);
        using var limit = new CancellationTokenSource(grace);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            await KillTreeAsync();
        }
    }

    /// <summary>Kills it and everything it started.</summary>
    public async Task KillTreeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await StopAsync(UnixSignal.Terminate, TimeSpan.FromSeconds(5));
        }

        process.Dispose();
    }

    internal static ProcessStartInfo StartInfo(ServerCommand command)
    {
        var (program, arguments) = command.Wrapped();
        var start = new ProcessStartInfo(Programs.Find(program), arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.WorkingFolder ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            tail.Add(line);
        }
    }
}
