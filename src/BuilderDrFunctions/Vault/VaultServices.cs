using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Vault;

/// <summary>Registers the vault.</summary>
public static class VaultServices
{
    /// <summary>Adds <see cref="IVault"/> and <see cref="VaultCipher"/> as section <c>Vault</c> describes them, checked at start.</summary>
    public static IServiceCollection AddVault(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<VaultOptions>().Bind(configuration.GetSection(VaultOptions.Section)).ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<VaultOptions>, VaultOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => VaultFactory.Create(
            provider.GetRequiredService<IOptions<VaultOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => new CopyVault(VaultFactory.CreateCopy(
            provider.GetRequiredService<IOptions<VaultOptions>>().Value, provider.GetRequiredService<TimeProvider>())));
        services.TryAddSingleton(provider => VaultCipher.From(provider.GetRequiredService<IOptions<VaultOptions>>().Value.Encryption));
        return services;
    }
}
