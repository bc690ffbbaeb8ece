using System.ComponentModel.DataAnnotations;

namespace BuilderDrFunctions.Portal;

/// <summary>What the portal estimates with: section <c>Portal</c>.</summary>
public sealed class PortalOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Portal";

    /// <summary>What a gigabyte (10^9 bytes) of the vault costs a month. Default: none; an operator can type one on the page.</summary>
    [Range(typeof(decimal), "0", "1000")]
    public decimal? PricePerGbMonth { get; init; }

    /// <summary>The currency of the price, as it is to be shown. Default: <c>EUR</c>.</summary>
    [StringLength(8, MinimumLength = 1)]
    public string Currency { get; init; } = "EUR";
}
