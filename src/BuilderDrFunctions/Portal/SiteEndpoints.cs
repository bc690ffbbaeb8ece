using BuilderDrFunctions.Api;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Portal;

/// <summary>Tells what is configured: <c>/api/sites</c>.</summary>
public sealed class SiteEndpoints(ISiteDirectory sites, IVault vault, IOptions<PortalOptions> options, TimeProvider time, ILogger<SiteEndpoints> logger)
{
    /// <summary><c>GET /api/sites</c>: the sites and what a client must know of the installation; nothing secret.</summary>
    [Function(nameof(ListSites))]
    [Answers(StatusCodes.Status200OK, typeof(SiteList))]
    public Task<IResult> ListSites([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sites")] HttpRequest request) =>
        ApiResponse.OfAsync(request, logger, () => Task.FromResult(ApiResponse.Json(new SiteList(
            [.. sites.Names.Select(name => new SiteEntry(name))],
            vault.Description,
            new StoragePrice(options.Value.PricePerGbMonth, options.Value.Currency),
            time.GetUtcNow()))));
}

/// <summary>What is configured.</summary>
/// <param name="Sites">In ordinal order.</param>
/// <param name="Vault">Where the sets lie: an address without any secret.</param>
/// <param name="Storage">What the vault costs.</param>
/// <param name="Now">UTC by the app's clock, which ages are measured by.</param>
public sealed record SiteList(IReadOnlyList<SiteEntry> Sites, string Vault, StoragePrice Storage, DateTimeOffset Now);

/// <summary>One Builder.</summary>
/// <param name="Name">Its name.</param>
public sealed record SiteEntry(string Name);

/// <summary>What a gigabyte (10^9 bytes) costs a month.</summary>
/// <param name="PricePerGbMonth">Null: not configured.</param>
/// <param name="Currency">Of the price.</param>
public sealed record StoragePrice(decimal? PricePerGbMonth, string Currency);
