using BuilderDrFunctions.Catalog;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Retention;

/// <summary>Registers retention.</summary>
public static class RetentionServices
{
    /// <summary>Adds what expiry needs, as section <c>Retention</c> describes it, checked at start.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RetentionOptions>().Bind(configuration.GetSection(RetentionOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<RetentionOptions>>().Value);
        services.AddSingleton<SetHolds>();
        services.AddSingleton<SetUses>();
        services.AddSingleton<VaultRetentions>();
        return services;
    }
}
