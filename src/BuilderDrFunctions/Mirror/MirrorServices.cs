using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Mirror;

/// <summary>Registers the mirror.</summary>
public static class MirrorServices
{
    /// <summary>Adds what the mirror's activities need, as section <c>Mirror</c> describes it, checked at start.</summary>
    public static IServiceCollection AddMirror(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MirrorOptions>().Bind(configuration.GetSection(MirrorOptions.Section)).ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<MirrorOptions>, MirrorOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<MirrorOptions>>().Value);
        services.TryAddSingleton<TransferLimits>();
        services.TryAddSingleton<MirrorPlanner>();
        services.TryAddSingleton<BatchFetcher>();
        services.TryAddSingleton<InventorySettler>();
        return services;
    }
}
