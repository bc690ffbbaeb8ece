using System.CommandLine;
using BuilderDrFunctions.Monitoring;
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
            return await Follow.StartAsync(session, $"/api/backups/{Uri.EscapeDataString(label)}/verify", new { }, !arguments.GetValue(noWait), Show, cancellationToken);
        });
        return command;
    }

    /// <summary>The verdict, of a drill as well; a run that has not ended, or failed, has none.</summary>
    public static void Show(Session session, OperationView view)
    {
        if (view.Result is not { } result)
        {
            return;
        }

        Results.Show(session, view);
        session.Console.WriteLine(RunVerdict.TroubleOf(result) is null ? "nothing is wrong" : "SOMETHING IS WRONG: see above");
    }
}
