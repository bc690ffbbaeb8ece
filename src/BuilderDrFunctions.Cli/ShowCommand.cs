using System.CommandLine;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Operations;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary><c>show</c>: a set or an operation.</summary>
internal static class ShowCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var id = new Argument<string>("id") { Description = "a set's id, latest, or an operation's id", DefaultValueFactory = _ => "latest" };
        var site = Options.Site();
        var command = new Command("show", "Shows a set, or how an operation fares.") { id, site };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var asked = arguments.GetRequiredValue(id);
            if (OperationId.TryParse(asked) is not null)
            {
                var found = await session.GetAsync<JsonElement>($"/api/operations/{asked}", cancellationToken);
                return session.IsJson ? Json(session, found) : Show(session, await session.GetAsync<OperationView>($"/api/operations/{asked}", cancellationToken));
            }

            var path = $"/api/backups/{Uri.EscapeDataString(await session.ResolveAsync(asked, arguments.GetValue(site), cancellationToken))}";
            return session.IsJson
                ? Json(session, await session.GetAsync<JsonElement>(path, cancellationToken))
                : Show(session, await session.GetAsync<BackupManifest>(path, cancellationToken));
        });
        return command;
    }

    private static int Json(Session session, JsonElement element)
    {
        session.WriteJson(element);
        return ExitCodes.Done;
    }

    private static int Show(Session session, BackupManifest set)
    {
        session.Console.MarkupLineInterpolated($"set [bold]{set.Label}[/] of site {set.Site}, taken by {set.OperationId}");
        session.Console.WriteLine($"recovery point {Say.Time(set.RecoveryPoint)} UTC, committed {Say.Time(set.CommittedAt)} UTC, API down for {Say.Seconds(set.Api.DownSeconds)}");
        if (set.Api.Note is { } note)
        {
            session.Console.WriteLine(note);
        }

        var table = Tables.New(session.Console, "part", "holds", "bytes", "SHA-256");
        foreach (var database in set.Databases)
        {
            table.AddRow(
                Markup.Escape($"database {database.Name}"), $"{Say.Number(database.Rows)} rows in {database.Tables} tables, {database.Compression}",
                Say.Number(database.StoredBytes), DigestOf(set, database.Path));
        }

        table.AddRow(
            "artifacts", $"{Say.Number(set.Artifacts.Objects)} objects, {Say.Number(set.Artifacts.FetchedObjects)} fetched by this run", Say.Number(set.Artifacts.Bytes),
            DigestOf(set, set.Artifacts.InventoryPath) + " (inventory)");
        if (set.Configuration is { } configuration)
        {
            table.AddRow(
                "keys, configuration", $"{configuration.Present} files, keys {Markup.Escape(string.Join(", ", configuration.KeyRevisions))}, encrypted",
                Say.Number(set.Files.First(file => file.Path == configuration.Path).Bytes), DigestOf(set, configuration.Path));
        }

        session.Console.Write(table);
        foreach (var warning in set.Warnings)
        {
            session.Console.MarkupLineInterpolated($"[yellow]warning: {warning}[/]");
        }

        return ExitCodes.Done;
    }

    private static int Show(Session session, OperationView view)
    {
        session.Console.MarkupLineInterpolated($"operation [bold]{view.Id}[/]: {view.State.ToString().ToLowerInvariant()}{(view.Percent is { } percent ? $", {percent} % of {view.Phase}" : "")}");
        var table = Tables.New(session.Console, "step", "begun (UTC)", "took");
        foreach (var step in view.Steps)
        {
            table.AddRow(Markup.Escape(step.Phase), Say.Time(step.BegunAt), step.EndedAt is { } ended ? Say.Seconds((ended - step.BegunAt).TotalSeconds) : "-");
        }

        session.Console.Write(table);
        if (view.Error is { } error)
        {
            session.Console.MarkupLineInterpolated($"[red]{error.Replace("HINT: ", "hint: ", StringComparison.Ordinal)}[/]");
        }

        Reports.Show(session, view);
        return ExitCodes.Done;
    }

    private static string DigestOf(BackupManifest set, string path) => set.Files.First(file => file.Path == path).Sha256[..16];
}
