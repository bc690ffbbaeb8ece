namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>An instance as the management API shows it.</summary>
internal static class InstancePayload
{
    private static readonly string[] Content = ["Input", "Result", "Reason", "Details"];

    public static JsonObject Of(OrchestrationMetadata instance, bool showInput, JsonArray? history = null)
    {
        var payload = new JsonObject { ["name"] = instance.Name, ["instanceId"] = instance.InstanceId };
        if (instance.ParentInstanceId is { } parent)
        {
            payload["parentInstanceId"] = parent;
        }

        payload["runtimeStatus"] = instance.RuntimeStatus.ToString();
        payload["input"] = showInput ? Replies.Embed(instance.SerializedInput) : null;
        payload["customStatus"] = Replies.Embed(instance.SerializedCustomStatus);
        payload["output"] = instance is { RuntimeStatus: OrchestrationRuntimeStatus.Failed, SerializedOutput: null, FailureDetails: { } failure }
            ? failure.ToString()
            : Replies.Embed(instance.SerializedOutput);
        payload["createdTime"] = Time(instance.CreatedAt);
        payload["lastUpdatedTime"] = Time(instance.LastUpdatedAt);
        if (history is not null)
        {
            payload["historyEvents"] = history;
        }

        return payload;
    }

    /// <summary>A call that was answered appears once, with its answer.</summary>
    public static JsonArray HistoryOf(IReadOnlyList<HistoryRecord> history, bool showInput, bool showOutput)
    {
        var calls = history.Where(IsCall).ToDictionary(record => record.EventId);
        var answered = history.Select(record => record.CauseId).OfType<int>().Where(calls.ContainsKey).ToHashSet();
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
                shown[name] = Content.Contains(name) && value is JsonValue text && text.TryGetValue<string>(out var json) ? Replies.Embed(json) : value?.DeepClone();
            }
        }

        if (call is not null)
        {
            shown["ScheduledTime"] = JsonSerializer.SerializeToNode(call.Timestamp);
        }

        shown["Timestamp"] = JsonSerializer.SerializeToNode(record.Timestamp);
        return shown;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
