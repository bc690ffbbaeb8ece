using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Notifications;

/// <summary>Has every webhook told that is there for an event.</summary>
public sealed class Notifier(IOptionsMonitor<NotificationsOptions> options)
{
    /// <summary>Starts one orchestration a webhook. Its id is the notification's: telling the same change again starts nothing.</summary>
    public async Task TellAsync(DurableTaskClient client, Notification notification, CancellationToken cancellationToken)
    {
        foreach (var (webhook, given) in options.CurrentValue)
        {
            var id = $"notify:{notification.Id}:{webhook}";
            if (given.ParsedEvents.Contains(notification.Event) && await client.GetInstanceAsync(id, cancellationToken) is null)
            {
                await client.ScheduleNewOrchestrationInstanceAsync(
                    nameof(NotifyOrchestrator), new NotificationOrder(webhook, notification), new StartOrchestrationOptions(id), cancellationToken);
            }
        }
    }
}
