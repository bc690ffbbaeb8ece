using BuilderDrFunctions.Catalog;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Merge;

/// <summary>Registers merges.</summary>
public static class MergeServices
{
    /// <summary>Adds what merges need, as section <c>Merge</c> describes it, checked at start.</summary>
    public static IServiceCollection AddMerge(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MergeOptions>().Bind(configuration.GetSection(MergeOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MergeOptions>, MergeOptionsValidator>();
        services.AddSingleton<MergeReports>();
        return services;
    }
}
