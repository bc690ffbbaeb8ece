using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Notifications;

/// <summary>Log messages of notifications, events 6600 to 6699.</summary>
internal static partial class NotificationLog
{
    [LoggerMessage(6600, LogLevel.Information, "Webhook {Webhook} was told: {Event} of site '{Site}', {Subject}")]
    public static partial void NotificationSent(this ILogger logger, string webhook, NotificationEvent @event, string site, string subject);

    [LoggerMessage(6601, LogLevel.Error, "Webhook {Webhook} could not be told of: {Event} of site '{Site}', {Subject}: {Fault}")]
    public static partial void NotificationLost(this ILogger logger, string webhook, NotificationEvent @event, string site, string subject, string fault);
}
