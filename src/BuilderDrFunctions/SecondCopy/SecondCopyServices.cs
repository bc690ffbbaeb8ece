using Microsoft.Extensions.DependencyInjection;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Registers the second copy.</summary>
public static class SecondCopyServices
{
    /// <summary>Adds what it needs; where it lies is section <c>Vault:Copy</c>.</summary>
    public static IServiceCollection AddSecondCopy(this IServiceCollection services) => services.AddSingleton<CopyingVault>();
}
