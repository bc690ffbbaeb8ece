using BuilderDrFunctions.Catalog;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Verify;

/// <summary>Registers verifications.</summary>
public static class VerifyServices
{
    /// <summary>Adds what verifications need, as section <c>Verify</c> describes it, checked at start.</summary>
    public static IServiceCollection AddVerify(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<VerifyOptions>().Bind(configuration.GetSection(VerifyOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<VerifyOptions>, VerifyOptionsValidator>();
        services.AddSingleton<ReadRate>();
        services.AddSingleton<VerifyVerdicts>();
        return services;
    }
}
