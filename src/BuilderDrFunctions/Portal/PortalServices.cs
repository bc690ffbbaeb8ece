using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace BuilderDrFunctions.Portal;

/// <summary>Registers the portal.</summary>
public static class PortalServices
{
    /// <summary>Adds what the portal needs, as section <c>Portal</c> describes it, checked at start.</summary>
    public static IServiceCollection AddPortal(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PortalOptions>().Bind(configuration.GetSection(PortalOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<PortalAssets>();
        return services;
    }
}
