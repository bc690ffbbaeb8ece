using System.Text.Json;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Reads a completed run's result: that something is wrong is a result, and for an operator a failure.</summary>
public static class RunVerdict
{
    /// <summary>What is wrong by a run's own result: a verdict that did not pass, a set that is incomplete or damaged in the second vault, what was not mended or not removed. Null: nothing.</summary>
    /// <param name="result">A record's own naming or the API's: it is read without regard to case.</param>
    public static string? TroubleOf(JsonElement result) => OwnTroubleOf(result) ?? InSecondVault(result);

    /// <summary>What stands first against a plan, with its number. Null: nothing, or the result is none of a plan. To plan is no run that failed: this is for who would carry it out.</summary>
    public static string? AgainstPlan(JsonElement result) =>
        IsPlan(result) && Find(result, "Plan") is { } plan && Find(plan, "Problems") is { ValueKind: JsonValueKind.Array } problems && problems.GetArrayLength() > 0
            ? string.Join(": ", new[] { Find(problems[0], "Code"), Find(problems[0], "What") }.Where(part => part is { ValueKind: JsonValueKind.String }).Select(part => part!.Value.GetString()))
            : null;

    private static string? OwnTroubleOf(JsonElement result) =>
        IsFalse(result, "Passed") ? FirstOf(Find(result, "First") ?? Find(result, "Findings")) ?? "its verdict is a bad one"
        : IsFalse(result, "Complete") ? HealthFaults.SetIncomplete(Find(result, "Label")?.GetString() ?? "", TextsOf(Find(result, "Warnings"))).Message
        : NotMended(result, "PutBack") ?? NotMended(result, "Uploaded") ?? FirstOf(Find(result, "Problems"));

    /// <summary>Whether nothing was to be changed, by a run's order or by its result: no reader should take a plan for what it plans.</summary>
    public static bool IsPlan(JsonElement run) => IsTrue(run, "Planned") || IsTrue(run, "Plan") || IsWord(run, "Mode", "plan") || IsWord(run, "Outcome", "planned");

    /// <summary>The same of an order or a result as the durable store has it.</summary>
    internal static bool IsPlan(string? run)
    {
        if (run is not { Length: > 0 })
        {
            return false;
        }

        using var document = JsonDocument.Parse(run);
        return IsPlan(document.RootElement);
    }

    /// <summary>What came of a run by its result as the durable store has it. What is wrong in the second vault alone makes no run a failed one: the first still has the sets.</summary>
    internal static (RunOutcome? Outcome, string? Error) Read(string? output)
    {
        if (output is not { Length: > 0 })
        {
            return (RunOutcome.Succeeded, null);
        }

        using var result = JsonDocument.Parse(output);
        return OwnTroubleOf(result.RootElement) is { } trouble ? (RunOutcome.Failed, trouble) : (RunOutcome.Succeeded, InSecondVault(result.RootElement));
    }

    private static bool IsFalse(JsonElement result, string name) => Find(result, name) is { ValueKind: JsonValueKind.False };

    private static bool IsTrue(JsonElement run, string name) => Find(run, name) is { ValueKind: JsonValueKind.True };

    private static bool IsWord(JsonElement run, string name, string word) =>
        Find(run, name) is { ValueKind: JsonValueKind.String } value && word.Equals(value.GetString(), StringComparison.OrdinalIgnoreCase);

    private static string? NotMended(JsonElement result, string part) =>
        Find(result, part) is { } done && Find(done, "Failed") is { ValueKind: JsonValueKind.Number } failed && failed.GetInt64() is > 0 and var count
            ? $"{count} artifacts could not be mended, first: {FirstOf(Find(done, "First")) ?? "it was not said which"}"
            : null;

    private static string? InSecondVault(JsonElement result) =>
        Find(result, "Copy") is { } copy && FirstOf(Find(copy, "Problems")) is { } problem ? $"in the second vault: {problem}" : null;

    private static string? FirstOf(JsonElement? list) => TextsOf(list) is [var first, ..] ? first : null;

    private static List<string> TextsOf(JsonElement? list) => list is { ValueKind: JsonValueKind.Array } items
        ? [.. items.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Object ? Find(item, "What")?.GetString() : item.GetString()).OfType<string>()]
        : [];

    private static JsonElement? Find(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().Where(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(property => (JsonElement?)property.Value).FirstOrDefault()
            : null;
}
