using System.Diagnostics;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>Runs a tool such as <c>initdb</c> to its end.</summary>
public static class Tool
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Gives standard output; a non-zero exit code throws with what the tool wrote.</summary>
    public static async Task<string> RunAsync(ServerCommand command, CancellationToken cancellationToken)
    {
        var program = command.Program.Contains('/', StringComparison.Ordinal) ? command.Program : Programs.Find(command.Program);
        var start = ServerProcess.StartInfo(command with { Program = program });
        using var process = await LauncherThread.RunAsync(() => Process.Start(start))
            ?? throw new InvalidOperationException($"{command.Name} did not start");
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await Task.WhenAll(output, error);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException($"{command.Name} ended with exit code {process.ExitCode}:\n{await output}{await error}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
