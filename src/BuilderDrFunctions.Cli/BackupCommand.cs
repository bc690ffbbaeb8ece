using System.CommandLine;
using System.Text.Json;
using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Operations;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>backup</c>.</summary>
internal static class BackupCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var site = Options.Site();
        var label = new Option<string?>("--label") { Description = "a name for the set; default: manual" };
        var quiesce = new Option<QuiesceMode?>("--quiesce") { Description = "stop: the API is stopped for the dump; none: it keeps serving" };
        var noWait = Options.NoWait();
        var command = new Command("backup", "Takes a backup and follows it to its end.") { site, label, quiesce, noWait };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var request = new BackupRequest { Site = arguments.GetValue(site), Label = arguments.GetValue(label), Quiesce = arguments.GetValue(quiesce) };
            return await Follow.StartAsync(session, "/api/backups", request, !arguments.GetValue(noWait), Show, cancellationToken);
        });
        return command;
    }

    /// <summary>The set that was made, and what there is to know about it.</summary>
    public static void Show(Session session, OperationView view)
    {
        var label = view.Result is { ValueKind: JsonValueKind.Object } result && result.TryGetProperty("label", out var named) ? named.GetString() : null;
        if (label is not null && BackupLabel.TryParse(label) is not null)
        {
            session.Console.WriteLine($"set {label}");
            Results.Warnings(session, view.Result);
        }
    }
}
