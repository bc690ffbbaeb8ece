using System.CommandLine;
using System.Net;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Monitoring;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>doctor</c>: finds why something does not work, from here to the Builder.</summary>
internal static class DoctorCommand
{
    private static readonly HttpStatusCode[] AlsoGood = [HttpStatusCode.ServiceUnavailable];

    public static Command Create(SessionFactory sessions)
    {
        var command = new Command("doctor", "Checks the way to the app, the key, and everything the app itself checks, and says what to do.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var version = (await session.GetAsync<Described>("/api/openapi.json", cancellationToken)).Info.Version;
            var report = await session.SendAsync<HealthReport>(HttpMethod.Get, "/api/health", null, AlsoGood, cancellationToken);
            if (session.IsJson)
            {
                session.WriteJson(report);
                return report.Status <= HealthStatus.Warning ? ExitCodes.Done : ExitCodes.Failed;
            }

            session.Console.MarkupLineInterpolated($"[green]ok[/]        {CliFaults.Shown(session.Url)} answers, version {version}, and takes the key from {session.KeySource}");
            foreach (var check in report.Checks)
            {
                Show(session.Console, check);
            }

            session.Console.WriteLine(report.Status <= HealthStatus.Warning ? "Nothing stands in the way." : "Something must be done: see the hints.");
            session.Console.WriteLine("Passwords, bucket and tools are tried by 'builder-dr backup' before it touches anything, the encryption key by 'builder-dr drill'.");
            return report.Status <= HealthStatus.Warning ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    /// <summary>One check, with what to do where it is not well.</summary>
    public static void Show(IAnsiConsole console, HealthCheck check)
    {
        var color = check.Status switch { HealthStatus.Ok => "green", HealthStatus.Warning => "yellow", _ => "red" };
        var word = check.Status.ToString().ToLowerInvariant();
        console.MarkupLine($"[{color}]{word}[/]{new string(' ', 10 - word.Length)}{Markup.Escape($"{check.Site ?? "app"} {check.Name}: {(check.Code is null ? "" : check.Code + ": ")}{FaultText.OneLine(check.Summary)}")}");
        if (check.Hint is { } hint)
        {
            console.WriteLine($"          hint: {hint}");
        }
    }

    private sealed record Described(DescribedApp Info);

    private sealed record DescribedApp(string? Version);
}
