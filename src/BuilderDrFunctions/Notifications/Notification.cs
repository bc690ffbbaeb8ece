using System.Text.Json.Serialization;

namespace BuilderDrFunctions.Notifications;

/// <summary>That something changed, for those who are told of it. Holds no secret: it is history.</summary>
/// <param name="Id">One per change; a receiver that gets it twice can tell by it.</param>
/// <param name="Event">What sort of change.</param>
/// <param name="Site">Of which Builder; null: of the app as such.</param>
/// <param name="Subject">What changed, such as <c>recoveryPoint</c> or <c>lastRun</c>: the name of a health check, or <c>run:</c> and a kind of run.</param>
/// <param name="Status">How it is now: <c>ok</c>, <c>warning</c>, <c>critical</c>.</param>
/// <param name="Summary">In words.</param>
/// <param name="Code">The number of what is wrong.</param>
/// <param name="Hint">What to do next.</param>
/// <param name="At">UTC; when the change was seen.</param>
public sealed record Notification(
    string Id, NotificationEvent Event, string? Site, string Subject, string Status, string Summary, string? Code, string? Hint, DateTimeOffset At)
{
    /// <summary>One line: <c>FAILURE main: …</c>.</summary>
    [JsonIgnore]
    public string Title => $"{Event switch
    {
        NotificationEvent.Success => "SUCCESS",
        NotificationEvent.Recovery => "RECOVERY",
        NotificationEvent.ObjectiveMissed => "OBJECTIVE MISSED",
        _ => "FAILURE",
    }} {Site ?? "Builder DR"}: {Summary}";
}

/// <summary>The sorts of changes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NotificationEvent>))]
public enum NotificationEvent
{
    /// <summary>It went well for the first time.</summary>
    Success,

    /// <summary>It was well and is not any more.</summary>
    Failure,

    /// <summary>It is well again.</summary>
    Recovery,

    /// <summary>The recovery point, or the recovery time, misses its objective.</summary>
    ObjectiveMissed,
}

/// <summary>The input of the notifying orchestrator.</summary>
/// <param name="Webhook">The webhook's name; its address and secret are read where they are needed.</param>
/// <param name="Notification">What to tell.</param>
public sealed record NotificationOrder(string Webhook, Notification Notification);
