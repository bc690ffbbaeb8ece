using System.ComponentModel.DataAnnotations;

namespace BuilderDrFunctions.Habitat;

/// <summary>Section <c>Sites:&lt;name&gt;:Builder</c>: Builder's own HTTP API, which repairs use. Holds a secret: never serialized, never logged.</summary>
public sealed record BuilderApiOptions
{
    /// <summary>Scheme, host and port; a loopback address is the Builder host's own. Default: <c>http://127.0.0.1:9636</c>.</summary>
    public string Url { get; init; } = "http://127.0.0.1:9636";

    /// <summary>A personal access token of an account that is a member of every origin to be repaired. No default: without it nothing is uploaded.</summary>
    public string? Token { get; init; }

    /// <summary>How long Builder may take over one upload. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "06:00:00")]
    public TimeSpan UploadTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
