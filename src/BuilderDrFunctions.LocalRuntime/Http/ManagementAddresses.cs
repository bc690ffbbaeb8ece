namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>Writes the addresses that watch and control an instance, key included, as seen by the request being served.</summary>
internal sealed class ManagementAddresses(HostSettings settings, KeyRing keys)
{
    public const string BasePath = "/runtime/webhooks/durabletask";

    public JsonObject Of(HttpRequest request, string instanceId)
    {
        var headers = request.Headers;
        var forwarded = settings.UseForwardedHost && headers["X-Forwarded-Host"] is [{ Length: > 0 }, ..] && headers["X-Forwarded-Proto"] is [{ Length: > 0 }, ..];
        var authority = forwarded ? $"{headers["X-Forwarded-Proto"][0]}://{headers["X-Forwarded-Host"][0]}" : $"{request.Scheme}://{request.Host}";
        var instance = $"{authority}{BasePath}/instances/{Uri.EscapeDataString(instanceId)}";
        var query = $"taskHub={Uri.EscapeDataString(settings.HubName)}&connection=Storage&code={Uri.EscapeDataString(keys.DurableKey())}";
        return new JsonObject
        {
            ["id"] = instanceId,
            ["statusQueryGetUri"] = $"{instance}?{query}",
            ["sendEventPostUri"] = $"{instance}/raiseEvent/{{eventName}}?{query}",
            ["terminatePostUri"] = $"{instance}/terminate?reason={{text}}&{query}",
            ["purgeHistoryDeleteUri"] = $"{instance}?{query}",
            ["restartPostUri"] = $"{instance}/restart?{query}",
            ["suspendPostUri"] = $"{instance}/suspend?reason={{text}}&{query}",
            ["resumePostUri"] = $"{instance}/resume?reason={{text}}&{query}",
        };
    }
}
