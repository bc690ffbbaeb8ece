using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace BuilderDrFunctions.Demo;

/// <summary>A committed set as a table: its parts, their sizes and digests.</summary>
internal static class SetTable
{
    public static void Write(JsonElement set)
    {
        var table = new Table().Border(TableBorder.Rounded).Title($"backup set [bold]{set.GetProperty("label").GetString()}[/]");
        table.AddColumn("part");
        table.AddColumn("holds");
        table.AddColumn(new TableColumn("bytes").RightAligned());
        table.AddColumn("SHA-256");
        foreach (var database in set.GetProperty("databases").EnumerateArray())
        {
            var path = database.GetProperty("path").GetString()!;
            table.AddRow(
                $"database {database.GetProperty("name").GetString()}",
                $"{Number(database.GetProperty("rows").GetInt64())} rows in {database.GetProperty("tables").GetInt32()} tables, {database.GetProperty("compression").GetString()}",
                Number(database.GetProperty("storedBytes").GetInt64()),
                Digest(set, path));
        }

        var artifacts = set.GetProperty("artifacts");
        table.AddRow(
            "artifacts",
            $"{Number(artifacts.GetProperty("objects").GetInt64())} objects, {Number(artifacts.GetProperty("fetchedObjects").GetInt64())} of them fetched by this run",
            Number(artifacts.GetProperty("bytes").GetInt64()),
            Digest(set, artifacts.GetProperty("inventoryPath").GetString()!) + " (inventory)");
        if (set.TryGetProperty("configuration", out var configuration))
        {
            var path = configuration.GetProperty("path").GetString()!;
            table.AddRow(
                "keys, configuration", $"{configuration.GetProperty("present").GetInt32()} files, encrypted", Number(BytesOf(set, path)), Digest(set, path));
        }

        AnsiConsole.Write(table);
        var api = set.GetProperty("api");
        AnsiConsole.MarkupLine(CultureInfo.InvariantCulture, "API downtime: [bold]{0:0.0} s[/]", api.GetProperty("downSeconds").GetDouble());
        foreach (var warning in set.GetProperty("warnings").EnumerateArray())
        {
            AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[yellow]warning: {warning.GetString()}[/]");
        }
    }

    private static string Digest(JsonElement set, string path) => FileOf(set, path).GetProperty("sha256").GetString()![..16] + "…";

    private static long BytesOf(JsonElement set, string path) => FileOf(set, path).GetProperty("bytes").GetInt64();

    private static JsonElement FileOf(JsonElement set, string path) =>
        set.GetProperty("files").EnumerateArray().Single(file => file.GetProperty("path").GetString() == path);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
