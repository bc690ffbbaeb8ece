using BuilderDrFunctions.ServiceControl;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Registers what watches over the sites.</summary>
public static class MonitoringServices
{
    /// <summary>Adds the checks as section <c>Monitoring</c> describes them, checked at start.</summary>
    public static IServiceCollection AddMonitoring(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MonitoringOptions>().Bind(configuration.GetSection(MonitoringOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MonitoringOptions>, MonitoringOptionsValidator>();
        services.AddSingleton(provider => new DowntimeLimit(provider.GetRequiredService<IOptions<MonitoringOptions>>().Value.MaxApiDowntime));
        services.AddSingleton<RunWatch>();
        services.AddSingleton<SetChecks>();
        services.AddSingleton<SecondCopyCheck>();
        services.AddSingleton<SpareCheck>();
        services.AddSingleton<ApiChecks>();
        services.AddSingleton<VaultCheck>();
        services.AddSingleton<ScheduleCheck>();
        services.AddSingleton<SettingsCheck>();
        services.AddSingleton<HealthChecks>();
        services.AddSingleton<StateWatch>();
        services.AddSingleton<MetricsGathering>();
        services.AddSingleton<MetricsPage>();
        return services;
    }
}
