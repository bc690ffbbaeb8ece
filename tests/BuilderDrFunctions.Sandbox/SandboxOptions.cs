using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Legacy;

namespace BuilderDrFunctions.Sandbox;

/// <summary>What a <see cref="BuilderSandbox"/> holds.</summary>
public sealed record SandboxOptions
{
    /// <summary>How many packages and artifacts.</summary>
    public DataSize Size { get; init; } = DataSize.Tiny;

    /// <summary>Set: a Builder from before August 2018, with its three databases in shards instead of <see cref="Database"/>, and no artifacts.</summary>
    public LegacySize? Legacy { get; init; }

    /// <summary>The site's name in the application's settings.</summary>
    public string Site { get; init; } = "main";

    /// <summary>The database's name; anything but <c>builder</c> has to be configured, discovery does not find it.</summary>
    public string Database { get; init; } = "builder";

    /// <summary>The bucket with the artifacts.</summary>
    public string Bucket { get; init; } = "habitat-builder-artifact-store.local";

    /// <summary>The container of the vault.</summary>
    public string Container { get; init; } = "builder-dr";

    /// <summary>True keeps the vault's blobs in memory: faster, but a large Builder's dumps fill the machine.</summary>
    public bool VaultInMemory { get; init; } = true;

    /// <summary>Builder's keys, oldest revision first.</summary>
    public IReadOnlyList<BuilderKey> Keys { get; init; } = BuilderSettings.DefaultKeys;

    /// <summary>Other data of the same size for another number.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Told what was started and how long it took.</summary>
    public Action<string> Report { get; init; } = _ => { };
}
