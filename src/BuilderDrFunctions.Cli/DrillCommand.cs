using System.CommandLine;

namespace BuilderDrFunctions.Cli;

/// <summary><c>drill</c>.</summary>
internal static class DrillCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var site = Options.Site();
        var noWait = Options.NoWait();
        var command = new Command("drill", "Rehearses a restore of the newest set into a database that is dropped afterwards.") { site, noWait };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            return await Follow.StartAsync(session, "/api/drills", new { Site = arguments.GetValue(site) }, !arguments.GetValue(noWait), VerifyCommand.Show, cancellationToken);
        });
        return command;
    }
}
