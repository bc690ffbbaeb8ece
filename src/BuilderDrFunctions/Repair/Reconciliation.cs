using System.Text.Json.Serialization;

namespace BuilderDrFunctions.Repair;

/// <summary>Where a set's database and its artifacts do not fit together.</summary>
/// <param name="Label">The set.</param>
/// <param name="Site">Of which Builder.</param>
/// <param name="RecoveryPoint">UTC; what it shows.</param>
/// <param name="Sums">Over all origins.</param>
/// <param name="Origins">Those with findings, by name; at most <see cref="MostOrigins"/>.</param>
/// <param name="MoreOrigins">There are more than that.</param>
/// <param name="Findings">A page of artifacts, by key.</param>
/// <param name="After">Pass it as <c>?after=</c> for the next page; null on the last.</param>
public sealed record Reconciliation(
    string Label, string Site, DateTimeOffset RecoveryPoint, ArtifactSums Sums, IReadOnlyList<OriginSums> Origins, bool MoreOrigins,
    IReadOnlyList<ArtifactFinding> Findings, string? After)
{
    /// <summary>The most origins one answer names.</summary>
    public const int MostOrigins = 1000;
}

/// <summary>How many artifacts are how.</summary>
/// <param name="Missing">Packages without an artifact.</param>
/// <param name="Corrupt">Packages whose artifact is another one than the database says.</param>
/// <param name="Unreadable">Artifacts that the bucket's service does not give.</param>
/// <param name="WithoutMetadata">Artifacts that the database knows no package of.</param>
public sealed record ArtifactSums(long Missing = 0, long Corrupt = 0, long Unreadable = 0, long WithoutMetadata = 0)
{
    /// <summary>These and one more.</summary>
    public ArtifactSums With(ArtifactState state) => state switch
    {
        ArtifactState.Missing => this with { Missing = Missing + 1 },
        ArtifactState.Corrupt => this with { Corrupt = Corrupt + 1 },
        ArtifactState.Unreadable => this with { Unreadable = Unreadable + 1 },
        ArtifactState.WithoutMetadata => this with { WithoutMetadata = WithoutMetadata + 1 },
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <summary>An origin's artifacts.</summary>
public sealed record OriginSums(string Origin, ArtifactSums Sums);

/// <summary>An artifact that does not fit.</summary>
/// <param name="Key">Its object's key.</param>
/// <param name="State">What is wrong.</param>
/// <param name="Bytes">Its size; null where there is no object.</param>
/// <param name="Stored">The set holds the artifact that the database names, although the bucket does not.</param>
public sealed record ArtifactFinding(string Key, ArtifactState State, long? Bytes, bool Stored);

/// <summary>What is wrong with an artifact.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ArtifactState>))]
public enum ArtifactState
{
    /// <summary>The database has a package, the bucket no object.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,

    /// <summary>The object is another one than the database says.</summary>
    [JsonStringEnumMemberName("corrupt")]
    Corrupt,

    /// <summary>The bucket's service lists the object but does not give it.</summary>
    [JsonStringEnumMemberName("unreadable")]
    Unreadable,

    /// <summary>The bucket has the object, the database no package.</summary>
    [JsonStringEnumMemberName("withoutMetadata")]
    WithoutMetadata,
}
