using System.Text.Json;
using System.Text.Json.Nodes;
using BuilderDrFunctions.Api;

namespace BuilderDrFunctions.Notifications;

/// <summary>A notification in the form that a receiver understands.</summary>
internal static class NotificationBody
{
    /// <summary>The body, UTF-8 JSON.</summary>
    public static byte[] Of(Notification notification, WebhookKind kind) => kind switch
    {
        WebhookKind.Slack => JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["text"] = Slack(notification) }),
        WebhookKind.Teams => JsonSerializer.SerializeToUtf8Bytes(Teams(notification)),
        _ => JsonSerializer.SerializeToUtf8Bytes(notification, ApiJson.Options),
    };

    // Slack reads &, < and > as markup: https://docs.slack.dev/messaging/formatting-message-text
    private static string Slack(Notification notification) =>
        string.Join('\n', Lines(notification)).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    // A workflow's webhook takes a message with adaptive cards.
    private static JsonObject Teams(Notification notification) => new()
    {
        ["type"] = "message",
        ["attachments"] = new JsonArray(new JsonObject
        {
            ["contentType"] = "application/vnd.microsoft.card.adaptive",
            ["content"] = new JsonObject
            {
                ["type"] = "AdaptiveCard",
                ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
                ["version"] = "1.4",
                ["body"] = new JsonArray([.. Lines(notification).Select((line, index) => (JsonNode)new JsonObject
                {
                    ["type"] = "TextBlock",
                    ["text"] = line,
                    ["wrap"] = true,
                    ["weight"] = index == 0 ? "Bolder" : "Default",
                    ["color"] = index > 0 ? "Default" : notification.Event is NotificationEvent.Success or NotificationEvent.Recovery ? "Good" : "Attention",
                })]),
            },
        }),
    };

    private static IEnumerable<string> Lines(Notification notification)
    {
        yield return notification.Title;
        if (notification.Code is { } code)
        {
            yield return $"{code}. What to do: {notification.Hint}";
        }
    }
}
