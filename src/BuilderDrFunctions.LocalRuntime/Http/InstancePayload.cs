namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>An instance as the management API shows it.</summary>
internal static class InstancePayload
{
    public static JsonObject Of(OrchestrationMetadata instance, bool showInput, JsonArray? history)
    {
        var payload = new JsonObject
        {
            ["name"] = instance.Name,
            ["instanceId"] = instance.InstanceId,
        };
        if (instance.ParentInstanceId is { } parent)
        {
            payload["parentInstanceId"] = parent;
        }

        payload["runtimeStatus"] = instance.RuntimeStatus.ToString();
        payload["input"] = showInput ? Embed(instance.SerializedInput) : null;
        payload["customStatus"] = Embed(instance.SerializedCustomStatus);
        payload["output"] = instance is { RuntimeStatus: OrchestrationRuntimeStatus.Failed, SerializedOutput: null, FailureDetails: { } failure }
            ? failure.ToString()
            : Embed(instance.SerializedOutput);
        payload["createdTime"] = Time(instance.CreatedAt);
        payload["lastUpdatedTime"] = Time(instance.LastUpdatedAt);
        if (history is not null)
        {
            payload["historyEvents"] = history;
        }

        return payload;
    }

    /// <summary>JSON text as JSON, other text as a string.</summary>
    public static JsonNode? Embed(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
