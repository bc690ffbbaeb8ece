using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ObjectStore;

namespace BuilderDrFunctions.Sites;

/// <summary>One Builder: section <c>Sites:&lt;name&gt;</c>. A name has up to 40 lower-case letters, digits and hyphens.</summary>
public sealed class SiteOptions
{
    /// <summary>Its database server.</summary>
    public PostgresOptions Postgres { get; init; } = new();

    /// <summary>Its bucket.</summary>
    public ArtifactsOptions Artifacts { get; init; } = new();

    /// <summary>Its machine and its services.</summary>
    public ServiceOptions Service { get; init; } = new();

    /// <summary>Its own HTTP API.</summary>
    public BuilderApiOptions Builder { get; init; } = new();
}
