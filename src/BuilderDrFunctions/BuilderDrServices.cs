using BuilderDrFunctions.Audit;
using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Drill;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Notifications;
using BuilderDrFunctions.Portal;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.SecondCopy;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using BuilderDrFunctions.Verify;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace BuilderDrFunctions;

/// <summary>Registers the app's parts. Settings that cannot work end the start with all of their problems.</summary>
public static class BuilderDrServices
{
    /// <summary>Adds everything the functions ask for.</summary>
    public static IServiceCollection AddBuilderDr(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddVault(configuration);
        services.AddSites(configuration);
        services.AddPortal(configuration);
        services.AddSingleton<SetCatalog>();
        services.AddSingleton<SetProofs>();
        services.AddSingleton<DamagedObjects>();
        services.AddSingleton<MustRestartRecords>();
        services.AddSingleton<OperationStarter>();
        services.AddOptions<DumpOptions>().Bind(configuration.GetSection(DumpOptions.Section)).ValidateOnStart();
        services.AddSingleton<AuditTrail>();
        services.AddNotifications(configuration);
        services.AddMonitoring(configuration);
        services.AddMirror(configuration);
        services.AddRecovery(configuration);
        services.AddSingleton<BackupChoice>();
        services.AddSingleton<RestoreRecords>();
        services.AddSingleton<SpareRecords>();
        services.AddOptions<SpareOptions>().Bind(configuration.GetSection(SpareOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddVerify(configuration);
        services.AddDrill(configuration);
        services.AddRetention(configuration);
        services.AddRepair();
        services.AddMerge(configuration);
        services.AddSecondCopy();
        return services;
    }
}
