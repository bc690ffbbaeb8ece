namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>A history as the management API shows it: a call that was answered appears once, with its answer.</summary>
internal static class HistoryPayload
{
    private static readonly string[] Content = ["Input", "Result", "Reason", "Details"];

    public static JsonArray Of(IReadOnlyList<HistoryRecord> history, bool showInput, bool showOutput)
    {
        var calls = history.Where(IsCall).ToDictionary(record => record.EventId);
        var answered = history.Where(record => record.CauseId is { } cause && calls.ContainsKey(cause)).Select(record => record.CauseId!.Value).ToHashSet();
        return [.. history
            .Where(record => record.EventType is not "OrchestratorStarted" && (!IsCall(record) || !answered.Contains(record.EventId)))
            .Select(JsonNode (record) => Show(record, record.CauseId is { } cause ? calls.GetValueOrDefault(cause) : null, showInput, showOutput))];
    }

    private static bool IsCall(HistoryRecord record) => record.EventType is "TaskScheduled" or "SubOrchestrationInstanceCreated";

    private static JsonObject Show(HistoryRecord record, HistoryRecord? call, bool showInput, bool showOutput)
    {
        var shown = new JsonObject { ["EventType"] = record.EventType };
        foreach (var (name, value) in record.Fields.Concat(call?.Fields.Where(field => field.Value is not null) ?? []))
        {
            if ((showInput || name is not "Input") && (showOutput || name is not "Result"))
            {
                shown[name] = Content.Contains(name) && value is JsonValue text && text.TryGetValue<string>(out var json)
                    ? InstancePayload.Embed(json)
                    : value?.DeepClone();
            }
        }

        if (call is not null)
        {
            shown["ScheduledTime"] = JsonSerializer.SerializeToNode(call.Timestamp);
        }

        shown["Timestamp"] = JsonSerializer.SerializeToNode(record.Timestamp);
        return shown;
    }
}
