using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Notifications;

/// <summary>Tells one webhook of one change, and tries for about 40 minutes; a restart of the app does not lose it.</summary>
public static class NotifyOrchestrator
{
    /// <summary>Runs until it is told, refused, or given up.</summary>
    [Function(nameof(NotifyOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, NotificationOrder order)
    {
        try
        {
            await context.CallActivityAsync<bool>(nameof(SendNotification), order, Retries.Persistent);
        }
        catch (TaskFailedException exception)
        {
            context.CreateReplaySafeLogger(nameof(NotifyOrchestrator)).NotificationLost(
                order.Webhook, order.Notification.Event, order.Notification.Site ?? "", order.Notification.Subject, FaultText.OneLine(FaultText.Of(exception)));
            throw;
        }
    }
}
