using BuilderDrFunctions.Notifications;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Tests.Notifications;

/// <summary>Settings that do not change.</summary>
internal sealed class FixedNotifications(NotificationsOptions value) : IOptionsMonitor<NotificationsOptions>
{
    public NotificationsOptions CurrentValue => value;

    public NotificationsOptions Get(string? name) => value;

    public IDisposable? OnChange(Action<NotificationsOptions, string?> listener) => null;
}
