using System.CommandLine;
using System.Globalization;
using BuilderDrFunctions.Backup;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>list</c>.</summary>
internal static class ListCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var site = Options.Site();
        var top = new Option<int>("--top") { Description = "how many", DefaultValueFactory = _ => 50 };
        var before = new Option<string?>("--before") { Description = "those older than this set" };
        var command = new Command("list", "Lists the committed sets, newest first.") { site, top, before };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var path = string.Create(CultureInfo.InvariantCulture, $"/api/backups?top={arguments.GetValue(top)}{Session.Query("site", arguments.GetValue(site))}{Session.Query("before", arguments.GetValue(before))}");
            if (session.IsJson)
            {
                session.WriteJson(await session.GetAsync<System.Text.Json.JsonElement>(path, cancellationToken));
                return ExitCodes.Done;
            }

            Show(session, await session.GetAsync<BackupPage>(path, cancellationToken));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Show(Session session, BackupPage page)
    {
        foreach (var set in page.Damaged)
        {
            session.Console.MarkupLineInterpolated($"[red]{set.Code}: set {set.Label} cannot be used: {set.What}[/]");
            session.Console.MarkupLineInterpolated($"hint: {set.Hint}");
        }

        if (page.Backups.Count == 0 && page.Damaged.Count == 0)
        {
            session.Console.WriteLine("There is no set yet; take one with 'builder-dr backup'.");
            return;
        }

        var table = Tables.New(session.Console, "set", "recovery point (UTC)", "dumps", "artifacts", "size", "API down", "took", "proof");
        foreach (var set in page.Backups)
        {
            table.AddRow(
                Markup.Escape(set.Label), Say.Time(set.RecoveryPoint), Say.Bytes(set.DumpBytes), Say.Number(set.Artifacts), Say.Bytes(set.ArtifactBytes),
                Say.Seconds(set.ApiDownSeconds), Say.Seconds(set.Seconds), ProofOf(set));
        }

        session.Console.Write(table);
        if (page.Before is not null)
        {
            session.Console.WriteLine($"There are older ones: --before {page.Before}");
        }
    }

    private static string ProofOf(BackupSummary set)
    {
        List<string> words = [];
        if (!set.Complete)
        {
            words.Add("[red]incomplete[/]");
        }

        if (!set.HasConfiguration)
        {
            words.Add("[yellow]without keys[/]");
        }

        if (set.Proof?.Verified is { } verified)
        {
            words.Add(verified.Passed ? "[green]verified[/]" : "[red]damaged[/]");
        }

        if (set.Proof?.Drilled is { } drilled)
        {
            words.Add(drilled.Passed ? "[green]rehearsed[/]" : "[red]drill failed[/]");
        }

        return words.Count > 0 ? string.Join(", ", words) : "-";
    }
}
