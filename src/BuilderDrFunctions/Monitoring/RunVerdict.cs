using System.Text.Json;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Reads a completed run's result: a verdict that something is wrong is a result, and for an operator a failure.</summary>
internal static class RunVerdict
{
    /// <summary>Looks for <c>Passed: false</c> and the first finding.</summary>
    /// <param name="output">JSON with the worker's own naming, which is a record's PascalCase; read without regard to case all the same.</param>
    public static (RunOutcome? Outcome, string? Error) Read(string? output)
    {
        if (output is not { Length: > 0 })
        {
            return (RunOutcome.Succeeded, null);
        }

        using var result = JsonDocument.Parse(output);
        if (Find(result.RootElement, "Passed") is not { ValueKind: JsonValueKind.False })
        {
            return (RunOutcome.Succeeded, null);
        }

        var findings = Find(result.RootElement, "First") ?? Find(result.RootElement, "Findings");
        var first = findings is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? list[0] : default;
        var what = first.ValueKind switch
        {
            JsonValueKind.String => first.GetString(),
            JsonValueKind.Object => Find(first, "What")?.GetString(),
            _ => null,
        };
        return (RunOutcome.Failed, what ?? "its verdict is a bad one");
    }

    private static JsonElement? Find(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().Where(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(property => (JsonElement?)property.Value).FirstOrDefault()
            : null;
}
