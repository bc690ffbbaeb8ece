using System.Text.Json;
using System.Text.Json.Serialization;

namespace BuilderDrFunctions.Restore;

/// <summary>What an operator asks for with <c>POST /api/restores</c>.</summary>
public sealed record RestoreRequest
{
    /// <summary>A set's id, <c>"latest"</c> (which is meant when left out), or <c>{"asOf": "2026-11-22T00:00:00Z"}</c>: the newest set that shows no later moment.</summary>
    public JsonElement? Backup { get; init; }

    /// <summary>The Builder to restore to; may be left out when only one is configured.</summary>
    public string? Site { get; init; }

    /// <summary>The Builder whose sets are meant, where it is another one, as for a new machine. Default: <see cref="Site"/>.</summary>
    public string? Source { get; init; }

    /// <summary>What is restored; when left out, all that the set has and the site can take.</summary>
    public IReadOnlyList<RestorePart>? Parts { get; init; }

    /// <summary>Scratch: the new database's name. Replace: the live database's name, where it is not the dump's. For sets of one database.</summary>
    public string? Database { get; init; }

    /// <summary>Scratch: what goes before the keys of artifacts. Default: <c>restored-</c>, the operation's time and digits, and a slash.</summary>
    public string? Prefix { get; init; }

    /// <summary><c>plan</c> when left out.</summary>
    public RestoreMode? Mode { get; init; }

    /// <summary>Replace: the site's name once more.</summary>
    public string? Confirm { get; init; }

    /// <summary>Replace: ends the sessions that others have open on the live database; else they are named and nothing is changed.</summary>
    public bool Force { get; init; }

    /// <summary>Goes on although keys or artifacts are lost; the result names them.</summary>
    public bool AcceptLosses { get; init; }

    /// <summary>Overwrites Builder's keys on the host that differ from the set's of the same revision; no other file.</summary>
    public bool OverwriteKeys { get; init; }

    /// <summary>Writes the set's <c>user.toml</c> and certificates to their places, over those that differ. They may carry passwords of the machine they were saved from. What
    /// is of its machine alone, such as <c>config.toml</c> and the supervisor's secret, is put beside in any case.</summary>
    public bool WriteConfiguration { get; init; }

    /// <summary>Plan: also lists what the bucket has and the set has not. Replace: removes exactly what the plan named by <see cref="Plan"/> listed, once the set's database is in place. Wants that part.</summary>
    public bool Prune { get; init; }

    /// <summary>Replace with prune: the plan's operation.</summary>
    public string? Plan { get; init; }
}

/// <summary>What a restore does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RestoreMode>))]
public enum RestoreMode
{
    /// <summary>Checks everything and says what would be done; changes nothing.</summary>
    Plan,

    /// <summary>Into a new database and below a new prefix of the bucket; what is live is left alone.</summary>
    Scratch,

    /// <summary>In the place of what is live; the former database is kept.</summary>
    Replace,
}

/// <summary>A part of a set.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RestorePart>))]
public enum RestorePart
{
    /// <summary>The databases.</summary>
    Database,

    /// <summary>The artifacts.</summary>
    Artifacts,

    /// <summary>Builder's keys and configuration.</summary>
    Keys,
}
