using System.CommandLine;
using System.Net;
using BuilderDrFunctions.Faults;
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
                ? await Follow.NamedAsync(session, operation, cancellationToken)
                : await LookAsync(session, arguments.GetValue(once), cancellationToken);
        });
        return command;
    }

    private static async Task<int> LookAsync(Session session, bool once, CancellationToken cancellationToken)
    {
        try
        {
            return await LookOnAsync(session, once, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await session.Error.WriteLineAsync("stopped watching; whatever runs goes on");
            return ExitCodes.NotAsked;
        }
    }

    private static async Task<int> LookOnAsync(Session session, bool once, CancellationToken cancellationToken)
    {
        string? told = null;
        while (true)
        {
            try
            {
                told = await LookOnceAsync(session, told, cancellationToken);
            }
            catch (TransientFaultException fault) when (!once)
            {
                // Whoever watches wants to see it come back.
                await session.Error.WriteLineAsync($"error {fault.Code}: {fault.What}");
            }

            if (once)
            {
                return ExitCodes.Done;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Looks, and shows what was seen; elsewhere than on a terminal only what changed is worth a line, and ages change with every look.</summary>
    private static async Task<string> LookOnceAsync(Session session, string? told, CancellationToken cancellationToken)
    {
        var report = await session.SendAsync<HealthReport>(HttpMethod.Get, "/api/health", null, AlsoGood, cancellationToken);
        var running = await RunningAsync(session, cancellationToken);
        var now = string.Join('\n', report.Checks.Select(check => $"{check.Site} {check.Name} {check.Status} {check.Code}").Concat(running.Select(view => $"{view.Id} {view.Phase}")));
        if (session.Console.Profile.Out.IsTerminal || now != told)
        {
            Show(session, report, running);
        }

        return now;
    }

    private static async Task<List<OperationView>> RunningAsync(Session session, CancellationToken cancellationToken)
    {
        var running = new List<OperationView>();
        string? continuation = null;
        do
        {
            var page = await session.GetAsync<OperationPage>($"/api/operations?state=active{Session.Query("continuation", continuation)}", cancellationToken);
            running.AddRange(page.Operations);
            continuation = page.Continuation;
        }
        while (continuation is not null);
        return running;
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
