using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Notifications;

/// <summary>Registers notifications.</summary>
public static class NotificationServices
{
    /// <summary>Adds the webhooks as section <c>Notifications</c> describes them, checked at start.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<NotificationsOptions>().Bind(configuration.GetSection(NotificationsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<NotificationsOptions>, NotificationsOptionsValidator>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<Notifier>();
        return services;
    }
}
