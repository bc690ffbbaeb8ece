namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>How much a generated Builder holds.</summary>
/// <param name="Packages">Rows of origin_packages.</param>
/// <param name="Artifacts">Packages whose artifact lies in the bucket, spread evenly; the others' was never uploaded.</param>
public sealed record DataSize(int Packages, int Artifacts)
{
    /// <summary>A demo's: a second or two.</summary>
    public static DataSize Tiny { get; } = new(200, 50);

    /// <summary>A small company's.</summary>
    public static DataSize Small { get; } = new(20_000, 2_000);

    /// <summary>About the public Builder's; its dump has 1.3 GB.</summary>
    public static DataSize Large { get; } = new(200_000, 0);

    /// <summary>Whether the package at <paramref name="index"/> has an artifact.</summary>
    public bool HasArtifact(int index) =>
        (long)index * Artifacts / Packages != ((long)index + 1) * Artifacts / Packages;

    /// <summary>The size of that name: tiny, small or large.</summary>
    public static DataSize Named(string name) => name switch
    {
        "tiny" => Tiny,
        "small" => Small,
        "large" => Large,
        _ => throw new ArgumentException($"'{name}' is no size; use tiny, small or large", nameof(name)),
    };
}
