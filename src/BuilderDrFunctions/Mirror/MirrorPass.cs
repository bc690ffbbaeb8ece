using System.Text.Json.Serialization;

namespace BuilderDrFunctions.Mirror;

/// <summary>Which pass of a backup a mirror run is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MirrorPass>))]
public enum MirrorPass
{
    /// <summary>Before the dump, with the API still up: moves the bulk.</summary>
    Warm = 1,

    /// <summary>Behind the dump: what changed since, and the set's own inventory.</summary>
    Delta = 2,
}
