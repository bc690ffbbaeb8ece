using System.CommandLine;
using BuilderDrFunctions.Operations;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>cancel</c>.</summary>
internal static class CancelCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var id = new Argument<string>("operation") { Description = "the operation's id" };
        var reason = new Option<string?>("--reason") { Description = "kept with the operation" };
        var command = new Command("cancel", "Asks an operation to end; it puts things in order first.") { id, reason };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var view = await session.PostAsync<OperationView>(
                $"/api/operations/{Uri.EscapeDataString(arguments.GetRequiredValue(id))}/cancel", new CancelRequest { Reason = arguments.GetValue(reason) }, cancellationToken);
            if (session.IsJson)
            {
                session.WriteJson(view);
            }
            else
            {
                session.Console.WriteLine($"{view.Id} is asked to end; follow it with 'builder-dr watch {view.Id}'");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
