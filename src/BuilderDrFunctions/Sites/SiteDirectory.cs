using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Sites;

/// <summary>The sites of the settings.</summary>
public sealed class SiteDirectory(IOptions<SitesOptions> options, IServiceProvider services) : ISiteDirectory
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = [.. options.Value.Keys.Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public ISiteConnection Open(string site) =>
        options.Value.TryGetValue(site, out var found)
            ? ActivatorUtilities.CreateInstance<SiteConnection>(services, site, found)
            : throw SiteFaults.Unknown(site, Names);
}
