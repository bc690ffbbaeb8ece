using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Recovery;

/// <summary>Registers what restores, verifications and drills share.</summary>
public static class RecoveryServices
{
    /// <summary>Adds the readers of sets as sections <c>Restore</c> and <c>Objectives</c> describe them, checked at start.</summary>
    public static IServiceCollection AddRecovery(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RecoveryOptions>().Bind(configuration.GetSection(RecoveryOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RecoveryOptions>, RecoveryOptionsValidator>();
        services.AddOptions<RecoveryObjectives>().Bind(configuration.GetSection(RecoveryObjectives.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RecoveryObjectives>, RecoveryObjectivesValidator>();
        services.AddSingleton<SetFiles>();
        services.AddSingleton<DumpRestorer>();
        services.AddSingleton<StoredArtifacts>();
        services.AddSingleton<SetConfiguration>();
        services.AddSingleton<BuilderKeys>();
        return services;
    }
}
