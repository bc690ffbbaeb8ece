namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>A generated package.</summary>
/// <param name="Index">Its place in the order of upload, from 0.</param>
/// <param name="Id">The row's id.</param>
/// <param name="Origin">Whose it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Such as <c>1.4.2</c>.</param>
/// <param name="Release">Fourteen digits.</param>
/// <param name="Target">Such as <c>x86_64-linux</c>.</param>
/// <param name="CreatedAt">When it was uploaded.</param>
/// <param name="KeyName">The origin key that signed it.</param>
public sealed record PackageRow(
    int Index, long Id, OriginModel Origin, string Name, string Version, string Release, string Target, DateTimeOffset CreatedAt, string KeyName)
{
    /// <summary>Origin, name, version and release with slashes between.</summary>
    public string Ident => $"{Origin.Name}/{Name}/{Version}/{Release}";

    /// <summary>What it needs to run.</summary>
    public required string[] Deps { get; init; }

    /// <summary>The same with their dependencies.</summary>
    public required string[] Tdeps { get; init; }

    /// <summary>What it needs to be built.</summary>
    public required string[] BuildDeps { get; init; }

    /// <summary>The same with their dependencies.</summary>
    public required string[] BuildTdeps { get; init; }

    /// <summary>Whether it is in the origin's stable channel.</summary>
    public required bool IsStable { get; init; }

    /// <summary>The ports it exposes.</summary>
    public required int[] Exposes { get; init; }

    /// <summary>public, private or hidden.</summary>
    public required string Visibility { get; init; }

    /// <summary>Where its artifact lies in the bucket.</summary>
    public string ArtifactKey
    {
        get
        {
            var dash = Target.IndexOf('-', StringComparison.Ordinal);
            var (architecture, system) = (Target[..dash], Target[(dash + 1)..]);
            return $"{Ident}/{architecture}/{system}/{Origin.Name}-{Name}-{Version}-{Release}-{Target}.hart";
        }
    }
}

/// <summary>A generated origin.</summary>
/// <param name="Number">From 0; 0 is <c>core</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="OwnerId">The owner's account.</param>
/// <param name="KeyRevisions">Its signing keys, oldest first.</param>
/// <param name="IsPrivate">Whether its packages are private unless told otherwise.</param>
public sealed record OriginModel(int Number, string Name, long OwnerId, IReadOnlyList<string> KeyRevisions, bool IsPrivate);
