using System.CommandLine;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Retention;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>hold</c>: a set that must not expire.</summary>
internal static class HoldCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var id = new Argument<string>("set") { Description = "the set's id, or latest" };
        var site = Options.Site();
        var reason = new Option<string?>("--reason") { Description = "kept with the hold" };
        var end = new Option<bool>("--end") { Description = "ends the hold: the set expires as others do" };
        var command = new Command("hold", "Keeps a set from expiring, until the hold is ended.") { id, site, reason, end };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var label = await session.ResolveAsync(arguments.GetRequiredValue(id), arguments.GetValue(site), cancellationToken);
            var path = $"/api/backups/{Uri.EscapeDataString(label)}/hold";
            if (arguments.GetValue(end))
            {
                await session.DeleteAsync(path, cancellationToken);
                if (!session.IsJson)
                {
                    session.Console.WriteLine($"set {label} is held no longer");
                }

                return ExitCodes.Done;
            }

            var hold = await session.PostAsync<SetHold>(path, new HoldRequest { Reason = arguments.GetValue(reason) }, cancellationToken);
            if (session.IsJson)
            {
                session.WriteJson(hold);
            }
            else
            {
                session.Console.WriteLine($"set {hold.Label} of site {hold.Site} is held since {Say.Time(hold.At)} UTC; end that with 'builder-dr hold {hold.Label} --end'");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
