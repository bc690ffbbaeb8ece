using System.CommandLine;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Restore;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>drop-previous</c>: the way back from a replacement, given up.</summary>
internal static class DropPreviousCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var id = new Argument<string>("restore") { Description = "the id of the restore that replaced something" };
        var confirm = new Option<string?>("--confirm") { Description = "the site's name once more" };
        var command = new Command("drop-previous", "Drops the databases that a restore put aside; there is no way back to them.") { id, confirm };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var restore = arguments.GetRequiredValue(id);
            if (OperationId.TryParse(restore) is { } operation && operation.Site != arguments.GetValue(confirm))
            {
                throw CliFaults.Unconfirmed($"dropping the previous databases of site '{operation.Site}'");
            }

            var dropped = await session.SendAsync<DroppedPrevious>(
                HttpMethod.Delete, $"/api/restores/{Uri.EscapeDataString(restore)}/previous", null, [], cancellationToken);
            if (session.IsJson)
            {
                session.WriteJson(dropped);
                return ExitCodes.Done;
            }

            foreach (var database in dropped.Dropped)
            {
                session.Console.WriteLine($"dropped database {database}");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
