using System.Text.Json;
using BuilderDrFunctions.Operations;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>An operation's result as a tree: for results that differ by their kind, whatever they hold.</summary>
internal static class Results
{
    private const int MostItems = 30;

    /// <summary>Shows all of it.</summary>
    public static void Show(Session session, OperationView view)
    {
        if (view.Result is { ValueKind: JsonValueKind.Object } result)
        {
            var tree = new Tree(Markup.Escape(view.Kind)).Guide(session.Console.Profile.Capabilities.Unicode ? TreeGuide.Line : TreeGuide.Ascii);
            Add(tree, result);
            session.Console.Write(tree);
        }
    }

    /// <summary>Shows its warnings alone.</summary>
    public static void Warnings(Session session, JsonElement? result)
    {
        if (result is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty("warnings", out var warnings) && warnings.ValueKind == JsonValueKind.Array)
        {
            foreach (var warning in warnings.EnumerateArray())
            {
                session.Console.MarkupLineInterpolated($"[yellow]warning: {warning.GetString()}[/]");
            }
        }
    }

    private static void Add(IHasTreeNodes parent, JsonElement element, string? title = null)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null))
            {
                if (title is not null && property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() == title)
                {
                    continue;
                }

                AddNamed(parent, property.Name, property.Value);
            }

            return;
        }

        foreach (var item in element.EnumerateArray().Where(item => item.ValueKind != JsonValueKind.Null).Take(MostItems))
        {
            if (item.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            {
                Add(parent.AddNode(Markup.Escape(TitleOf(item))), item, TitleOf(item));
            }
            else
            {
                parent.AddNode(Markup.Escape(TextOf(item)));
            }
        }

        if (element.GetArrayLength() > MostItems)
        {
            parent.AddNode($"and {element.GetArrayLength() - MostItems} more; --json shows all");
        }
    }

    private static void AddNamed(IHasTreeNodes parent, string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array when value.GetArrayLength() == 0:
                parent.AddNode(Markup.Escape($"{name}: none"));
                break;
            case JsonValueKind.Object or JsonValueKind.Array:
                Add(parent.AddNode($"[bold]{Markup.Escape(name)}[/]"), value);
                break;
            default:
                parent.AddNode(Markup.Escape($"{name}: {Readable(name, value)}"));
                break;
        }
    }

    // What tells an item of a list from the others.
    private static string TitleOf(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
            ? item.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.String).Select(property => property.Value.GetString()!).FirstOrDefault() ?? "·"
            : "·";

    private static string Readable(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when name.EndsWith("ytes", StringComparison.Ordinal) => Say.Bytes(value.GetDouble()),
        JsonValueKind.Number when name.EndsWith("econds", StringComparison.Ordinal) => Say.Seconds(value.GetDouble()),
        JsonValueKind.String when (name.EndsWith("At", StringComparison.Ordinal) || name is "at" or "recoveryPoint") && value.TryGetDateTimeOffset(out var at) => Say.Time(at) + " UTC",
        _ => TextOf(value),
    };

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
