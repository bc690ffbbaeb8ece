using System.CommandLine;
using System.Net;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Operations;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>watch</c>: follows one operation, or shows health and what runs until it is stopped.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly HttpStatusCode[] AlsoGood = [HttpStatusCode.ServiceUnavailable];

    public static Command Create(SessionFactory sessions)
    {
        var id = new Argument<string?>("operation") { Description = "an operation's id; without one, health and all that runs", Arity = ArgumentArity.ZeroOrOne };
        var once = new Option<bool>("--once") { Description = "look once" };
        var command = new Command("watch", "Follows an operation to its end, or shows how everything is, again and again.") { id, once };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            return arguments.GetValue(id) is { } operation
                ? await Follow.ToEndAsync(session, operation, Reports.Show, cancellationToken)
                : await LookAsync(session, arguments.GetValue(once), cancellationToken);
        });
        return command;
    }

    private static async Task<int> LookAsync(Session session, bool once, CancellationToken cancellationToken)
    {
        string? told = null;
        while (true)
        {
            var report = await session.SendAsync<HealthReport>(HttpMethod.Get, "/api/health", null, AlsoGood, cancellationToken);
            var running = (await session.GetAsync<OperationPage>("/api/operations", cancellationToken)).Operations
                .Where(view => view.State is OperationState.Pending or OperationState.Running or OperationState.Canceling or OperationState.Suspended).ToList();

            // Elsewhere than on a terminal only what changed is worth a line; ages change with every look.
            var now = string.Join('\n', report.Checks.Select(check => $"{check.Site} {check.Name} {check.Status} {check.Code}").Concat(running.Select(view => $"{view.Id} {view.Phase}")));
            if (session.Console.Profile.Out.IsTerminal || now != told)
            {
                Show(session, report, running);
                told = now;
            }

            if (once)
            {
                return ExitCodes.Done;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private static void Show(Session session, HealthReport report, IReadOnlyList<OperationView> running)
    {
        if (session.IsJson)
        {
            session.WriteJson(new { Health = report, Running = running });
            return;
        }

        if (session.Console.Profile.Out.IsTerminal)
        {
            session.Console.Clear();
        }

        session.Console.WriteLine($"{Say.Time(report.CheckedAt)} UTC: {report.Status.ToString().ToUpperInvariant()}");
        foreach (var check in report.Checks)
        {
            DoctorCommand.Show(session.Console, check);
        }

        foreach (var view in running)
        {
            session.Console.MarkupLineInterpolated($"[bold]{view.Id}[/] {view.State.ToString().ToLowerInvariant()}: {view.Phase}{(view.Percent is { } percent ? $" {percent} %" : "")}");
        }
    }
}
