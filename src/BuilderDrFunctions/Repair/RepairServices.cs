using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Repair;

/// <summary>Registers reconciling and repairing.</summary>
public static class RepairServices
{
    /// <summary>Adds what they need; batches are as section <c>Restore</c> says.</summary>
    public static IServiceCollection AddRepair(this IServiceCollection services)
    {
        services.AddSingleton<Reconciler>();
        services.AddSingleton(provider => new RepairPlanner(
            provider.GetRequiredService<IVault>(), provider.GetRequiredService<SetCatalog>(), provider.GetRequiredService<IOptions<RecoveryOptions>>().Value));
        return services;
    }
}
