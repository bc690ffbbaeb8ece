using BuilderDrFunctions.Catalog;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Drill;

/// <summary>Registers drills.</summary>
public static class DrillServices
{
    /// <summary>Adds what drills need, as section <c>Drill</c> describes it, checked at start.</summary>
    public static IServiceCollection AddDrill(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DrillOptions>().Bind(configuration.GetSection(DrillOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DrillOptions>, DrillOptionsValidator>();
        services.AddSingleton<DrillServer>();
        services.AddSingleton<DrillVerdicts>();
        return services;
    }
}
