namespace BuilderDrFunctions.Sandbox.Legacy;

/// <summary>How much a Builder from before August 2018 holds.</summary>
/// <param name="Packages">Rows of origin_packages over all shards.</param>
/// <param name="Origins">Origins; each lies whole in one shard.</param>
public sealed record LegacySize(int Packages, int Origins)
{
    /// <summary>1,000 packages.</summary>
    public static LegacySize S { get; } = new(1_000, 160);

    /// <summary>20,000 packages.</summary>
    public static LegacySize M { get; } = new(20_000, 400);

    /// <summary>200,000 packages.</summary>
    public static LegacySize L { get; } = new(200_000, 900);

    /// <summary>The size of that name: s, m or l.</summary>
    public static LegacySize Named(string name) => name switch
    {
        "s" => S,
        "m" => M,
        "l" => L,
        _ => throw new ArgumentException($"'{name}' is no size; use s, m or l", nameof(name)),
    };
}
