using System.ComponentModel.DataAnnotations;

namespace BuilderDrFunctions.Recovery;

/// <summary>A second Builder that is kept restored to the newest verified set of another: section <c>Spare</c>. Off until both sites are named.</summary>
public sealed class SpareOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Spare";

    /// <summary>The site that is kept restored. Default: none.</summary>
    public string Site { get; init; } = "";

    /// <summary>The site whose sets it gets. Default: none.</summary>
    public string Source { get; init; } = "";

    /// <summary>The spare's database, where it is not called as the dump's. Default: as the dump's.</summary>
    public string? Database { get; init; }

    /// <summary>Whether there is anything to do.</summary>
    public bool IsOn => Site.Length > 0;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((Site.Length > 0) != (Source.Length > 0) || (Site.Length > 0 && Site == Source))
        {
            yield return new ValidationResult("Spare__Site and Spare__Source must name two different sites, or both be left out");
        }

        if (Database is not null && !DatabaseName.IsUsable(Database))
        {
            yield return new ValidationResult("Spare__Database is no name for a database");
        }
    }
}
