using System.Text.Json.Serialization;

namespace BuilderDrFunctions.Merge;

/// <summary>What an operator asks for with <c>POST /api/merges/shards</c>.</summary>
public sealed record ShardMergeRequest
{
    /// <summary>The site; may be left out when only one is configured.</summary>
    public string? Site { get; init; }

    /// <summary><c>builder_originsrv</c>, <c>builder_sessionsrv</c> or <c>builder_jobsrv</c>.</summary>
    public string? Database { get; init; }

    /// <summary><c>plan</c> when left out.</summary>
    public MergeMode? Mode { get; init; }

    /// <summary>Migrate: the site's name once more.</summary>
    public string? Confirm { get; init; }
}

/// <summary>What an operator asks for with <c>POST /api/merges/databases</c>.</summary>
public sealed record DatabaseMergeRequest
{
    /// <summary>The site; may be left out when only one is configured.</summary>
    public string? Site { get; init; }

    /// <summary>The merged database's name: <c>builder</c>, which is meant when it is left out.</summary>
    public string? Target { get; init; }

    /// <summary><c>plan</c> when left out.</summary>
    public MergeMode? Mode { get; init; }

    /// <summary>Migrate: the site's name once more.</summary>
    public string? Confirm { get; init; }
}

/// <summary>What a merge does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MergeMode>))]
public enum MergeMode
{
    /// <summary>Checks everything and says what would be done; changes nothing.</summary>
    Plan,

    /// <summary>Does it.</summary>
    Migrate,
}

/// <summary>What is merged.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MergeKind>))]
public enum MergeKind
{
    /// <summary>A database's shards into its schema <c>public</c>.</summary>
    Shards,

    /// <summary>originsrv and sessionsrv into one database.</summary>
    Databases,
}
