using System.Text.Json;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Restore;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>What a restore would do, or did, as its operator reads it; <c>--json</c> has all of it.</summary>
internal static class RestoreReport
{
    /// <summary>Shows it.</summary>
    public static void Show(Session session, OperationView view) => Show(session, view, []);

    /// <summary>The same of a restore that was asked for here.</summary>
    /// <param name="session">The talk with the app.</param>
    /// <param name="view">The restore.</param>
    /// <param name="switches">What a replacement was planned with besides, such as <c>--overwrite-keys</c>: the command that carries the plan out names it.</param>
    public static void Show(Session session, OperationView view, IReadOnlyList<string> switches)
    {
        if (view.Result is not { ValueKind: JsonValueKind.Object } result || !result.TryGetProperty("plan", out var plan) || plan.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var isPlan = Text(result, "mode").Equals("plan", StringComparison.OrdinalIgnoreCase);
        session.Console.MarkupLineInterpolated($"[bold]{(isPlan ? "This would be done; nothing was changed" : "This was done")}[/]: set {Text(result, "label")} of site {Text(result, "sourceSite")} to site {Text(result, "site")}");
        ShowSteps(session, Items(plan, "steps"), isPlan);
        foreach (var problem in Items(plan, "problems"))
        {
            session.Console.MarkupLineInterpolated($"[red]stands against it: {Text(problem, "code")}: {Text(problem, "what")}[/]");
            session.Console.WriteLine($"  hint: {Text(problem, "hint")}");
        }

        Results.Warnings(session, result);
        if (isPlan && Items(plan, "problems").Length == 0)
        {
            ShowCommands(session, view, result, plan, switches);
        }

        if (!isPlan)
        {
            session.Console.WriteLine($"recovered in {Say.Seconds(Number(result, "recoverySeconds"))}, API down for {Say.Seconds(Number(result, "apiDownSeconds"))}");
            foreach (var previous in Items(result, "previous"))
            {
                session.Console.WriteLine($"the former database is kept as {TextOf(previous)}; drop it with: builder-dr drop-previous {view.Id} --confirm {view.Site}");
            }
        }
    }

    // Whoever pastes one of them gets what was planned: this set, these parts, this database.
    private static void ShowCommands(Session session, OperationView view, JsonElement result, JsonElement plan, IReadOnlyList<string> switches)
    {
        var site = view.Site;
        var source = Text(result, "sourceSite") == site ? "" : $" --source {Text(result, "sourceSite")}";
        var parts = Items(plan, "parts") is { Length: > 0 } some && some.Length < Enum.GetValues<RestorePart>().Length ? $" --parts {string.Join(' ', some.Select(TextOf)).ToLowerInvariant()}" : "";
        var database = Items(plan, "databases") is [var one] && Text(one, "target") != Text(one, "name") ? $" --database {Text(one, "target")}" : "";
        var command = $"builder-dr restore {Text(result, "label")} --site {site}{source}{parts}";
        session.Console.WriteLine($"Beside what is live: {command} --scratch");
        session.Console.WriteLine($"In place of what is live: {command}{database}{string.Concat(switches.Select(given => " " + given))}{Pruning(view.Id, plan)} --replace --confirm {site}");
    }

    private static string Pruning(string id, JsonElement plan) =>
        plan.TryGetProperty("artifacts", out var artifacts) && artifacts.ValueKind == JsonValueKind.Object && Text(artifacts, "prunePath").Length > 0 ? $" --prune-plan {id}" : "";

    // What was done took what the steps above took: an estimate beside them would only confuse.
    private static void ShowSteps(Session session, JsonElement[] steps, bool isPlan)
    {
        if (steps.Length == 0)
        {
            return;
        }

        var table = isPlan ? Tables.New(session.Console, "#", "step", "bytes", "about") : Tables.New(session.Console, "#", "step", "bytes");
        foreach (var (index, step) in steps.Index())
        {
            var (bytes, seconds) = (Number(step, "bytes"), Number(step, "estimatedSeconds"));
            string[] cells =
            [
                (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), Markup.Escape(Text(step, "what")), bytes > 0 ? Say.Bytes(bytes) : "-",
                seconds > 0 ? Say.Seconds(seconds) : "-",
            ];
            table.AddRow(cells[..table.Columns.Count]);
        }

        session.Console.Write(table);
    }

    private static JsonElement[] Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? [.. items.EnumerateArray()] : [];

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? TextOf(value) : "";

    // What is null is not there: the app leaves nothing out.
    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };

    private static double Number(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
}
