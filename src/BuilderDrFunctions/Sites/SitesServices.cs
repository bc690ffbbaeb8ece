using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Sites;

/// <summary>Registers the sites.</summary>
public static class SitesServices
{
    /// <summary>Adds <see cref="ISiteDirectory"/> and the schedules, as sections <c>Sites</c> and <c>Schedules</c> describe them, checked at start.</summary>
    public static IServiceCollection AddSites(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SitesOptions>().Bind(configuration.GetSection(SitesOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SitesOptions>, SitesOptionsValidator>();
        services.AddSingleton<ISiteDirectory, SiteDirectory>();
        services.AddOptions<ScheduleOptions>().Bind(configuration.GetSection(ScheduleOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }
}
