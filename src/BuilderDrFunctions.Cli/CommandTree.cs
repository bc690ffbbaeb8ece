using System.CommandLine;
using System.CommandLine.Invocation;
using BuilderDrFunctions.Faults;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>All commands of <c>builder-dr</c>.</summary>
internal static class CommandTree
{
    private const int LongestLine = 4000;

    private const string About = """
        Disaster recovery for a self-hosted Chef Habitat Builder.

        Talks to a running Builder DR: BUILDER_DR_URL (default http://127.0.0.1:7071) and BUILDER_DR_KEY, or --key-file. Never give a key
        on the command line: other users of the machine can read it there.
        """;

    /// <summary>Runs one command. Whatever fails is told as number, cause and hint.</summary>
    /// <returns>
    /// 0: done, and nothing is wrong; 1: it was tried and failed, or its result or plan says that something is wrong; 2: it could not be asked for, was lost sight
    /// of, or a signal ended the command before it was done.
    /// <c>status</c> has exit codes of its own.
    /// </returns>
    public static async Task<int> RunAsync(
        string[] args, IAnsiConsole console, TextWriter error, Func<string, string?> environment, CancellationToken cancellationToken)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            // Whoever reads a file or a pipe wants a line to be a line.
            console.Profile.Width = LongestLine;
        }

        var root = Create(console, error, environment);
        var parsed = root.Parse(args);
        var isStatus = args is ["status", ..];
        if (parsed.Action is ParseErrorAction mistake && args.Length > 0)
        {
            // A page of help would hide what is wrong.
            mistake.ShowHelp = false;
        }

        try
        {
            var code = await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // Signals are the caller's: StopSignals.
                ProcessTerminationTimeout = null,
            }, cancellationToken);
            return parsed.Errors.Count == 0 ? code : isStatus ? ExitCodes.Unknown : ExitCodes.NotAsked;
        }
        catch (FaultException fault)
        {
            await error.WriteLineAsync($"error {fault.Code}: {fault.What}\nhint: {fault.Hint}");
            return ExitCodes.NotAsked;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("stopped; 'builder-dr watch' shows whether something runs");
            return ExitCodes.NotAsked;
        }
    }

    private static RootCommand Create(IAnsiConsole console, TextWriter error, Func<string, string?> environment)
    {
        var options = new ConnectionOptions(environment);
        var session = new SessionFactory(options, console, error);
        var root = new RootCommand(About)
        {
            BackupCommand.Create(session),
            ListCommand.Create(session),
            ShowCommand.Create(session),
            VerifyCommand.Create(session),
            RestoreCommand.Create(session),
            DropPreviousCommand.Create(session),
            DrillCommand.Create(session),
            MergeCommand.Create(session),
            HoldCommand.Create(session),
            ExpireCommand.Create(session),
            RepairCommand.Create(session),
            CancelCommand.Create(session),
            AuditCommand.Create(session),
            DoctorCommand.Create(session),
            StatusCommand.Create(session),
            WatchCommand.Create(session),
            ServeCommand.Create(),
        };
        options.AddTo(root);
        return root;
    }
}

/// <summary>Exit codes.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int NotAsked = 2;

    /// <summary>Nagios: the plugin could not tell.</summary>
    public const int Unknown = 3;
}
