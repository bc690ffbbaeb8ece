using System.Net;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Notifications;

/// <summary>The faults of notifications, DR910x. They name the webhook, never its address.</summary>
public static class NotificationFaults
{
    /// <summary>No usable address.</summary>
    public static PermanentFaultException BadUrl(string webhook) =>
        new("DR9100", $"webhook '{webhook}' has no usable address", $"set Notifications__{webhook}__Url to an https address, or http to this machine itself");

    /// <summary>Events that are none.</summary>
    public static PermanentFaultException BadEvents(string webhook) =>
        new("DR9101", $"webhook '{webhook}' is for events that there are not", $"set Notifications__{webhook}__Events to some of: success, failure, recovery, objectiveMissed");

    /// <summary>The receiver says no, and would say it again.</summary>
    public static PermanentFaultException Refused(string webhook, HttpStatusCode status) =>
        new("DR9102", $"webhook '{webhook}' refused a notification with status {(int)status}", $"check Notifications__{webhook}__{{Url,Kind,Secret}} against what the receiver expects");

    /// <summary>The receiver did not take it this time.</summary>
    public static TransientFaultException Unreachable(string webhook, string why) =>
        new("DR9103", $"webhook '{webhook}' could not be told: {why}", "it is tried again for about 40 minutes; check the way to the receiver");

    /// <summary>It was configured when the change was seen and is not now.</summary>
    public static PermanentFaultException Gone(string webhook) =>
        new("DR9104", $"webhook '{webhook}' is not in the settings any more", "nothing is left to do");

    /// <summary>A name that cannot be part of an id.</summary>
    public static PermanentFaultException BadName(string webhook) =>
        new("DR9105", $"'{webhook}' cannot be the name of a webhook", "use up to 40 letters, digits and hyphens in Notifications__<name>__Url");
}
