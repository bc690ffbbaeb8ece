using System.CommandLine;
using System.Globalization;
using BuilderDrFunctions.Audit;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>audit</c>.</summary>
internal static class AuditCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var site = new Option<string?>("--site") { Description = "those of one Builder" };
        var top = new Option<int>("--top") { Description = "how many", DefaultValueFactory = _ => 50 };
        var verify = new Option<bool>("--verify") { Description = "read the whole trail again and find removed and changed records" };
        var command = new Command("audit", "Shows who did what, newest first.") { site, top, verify };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            if (arguments.GetValue(verify))
            {
                return Show(session, await session.GetAsync<AuditVerdict>("/api/audit/verify", cancellationToken));
            }

            var path = string.Create(CultureInfo.InvariantCulture, $"/api/audit?top={arguments.GetValue(top)}{Session.Query("site", arguments.GetValue(site))}");
            return Show(session, await session.GetAsync<AuditPage>(path, cancellationToken));
        });
        return command;
    }

    private static int Show(Session session, AuditPage page)
    {
        if (session.IsJson)
        {
            session.WriteJson(page);
            return ExitCodes.Done;
        }

        var table = Tables.New(session.Console, "#", "at (UTC)", "who", "what", "outcome", "about");
        table.Columns[^1].NoWrap = true;
        foreach (var record in page.Records)
        {
            table.AddRow(
                record.Sequence.ToString(CultureInfo.InvariantCulture), Say.Time(record.At), Markup.Escape(record.Who), Markup.Escape(record.What),
                Markup.Escape(record.Code is null ? record.Outcome : $"{record.Outcome} {record.Code}"), Markup.Escape(record.OperationId ?? record.Subject ?? "-"));
        }

        session.Console.Write(table);
        return ExitCodes.Done;
    }

    private static int Show(Session session, AuditVerdict verdict)
    {
        if (session.IsJson)
        {
            session.WriteJson(verdict);
        }
        else
        {
            session.Console.WriteLine($"{Say.Number(verdict.Records)} records, the last {verdict.Head.Sequence} with SHA-256 {verdict.Head.Sha256}");
            foreach (var finding in verdict.Findings)
            {
                session.Console.MarkupLineInterpolated($"[red]{finding}[/]");
            }

            session.Console.WriteLine(verdict.Passed ? "the trail is whole" : "THE TRAIL IS NOT WHOLE");
        }

        return verdict.Passed ? ExitCodes.Done : ExitCodes.Failed;
    }
}
