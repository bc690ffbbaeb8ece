using System.CommandLine;
using BuilderDrFunctions.Operations;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>verify</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var set = Options.Set();
        var site = Options.Site();
        var noWait = Options.NoWait();
        var command = new Command("verify", "Reads every stored byte of a set again.") { set, site, noWait };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var label = await session.ResolveAsync(arguments.GetRequiredValue(set), arguments.GetValue(site), cancellationToken);
            var failed = false;
            var code = await Follow.StartAsync(
                session, $"/api/backups/{Uri.EscapeDataString(label)}/verify", new { }, !arguments.GetValue(noWait), (_, view) => failed = !Show(session, view), cancellationToken);
            return failed ? ExitCodes.Failed : code;
        });
        return command;
    }

    /// <summary>A verdict's findings are no failure of the run, and for whoever asked they are one.</summary>
    public static bool Show(Session session, OperationView view)
    {
        var passed = view.Result is { } result && result.TryGetProperty("passed", out var verdict) && verdict.GetBoolean();
        Results.Show(session, view);
        session.Console.WriteLine(passed ? "nothing is wrong" : "SOMETHING IS WRONG: see the findings");
        return passed;
    }
}
