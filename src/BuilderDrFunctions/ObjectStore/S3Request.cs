using System.Net;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>One S3 request, as often as it must be sent.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Key">The object, or null for the bucket.</param>
/// <param name="Operation">What it is for, in words that complete "failed to …".</param>
internal sealed record S3Request(HttpMethod Method, string? Key, string Operation)
{
    /// <summary>Unencoded names and values.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    /// <summary>Bare ETag for <c>If-Match</c>.</summary>
    public string? IfMatch { get; init; }

    /// <summary>First byte wanted, for <c>Range</c>; 0: all, without the header.</summary>
    public long Offset { get; init; }

    /// <summary>Makes the body anew for each time it is sent.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>Added to the time limit: what the body may take on a slow wire.</summary>
    public TimeSpan BodyTime { get; init; }

    /// <summary>Statuses besides 2xx that the caller understands.</summary>
    public IReadOnlyList<HttpStatusCode> Expected { get; init; } = [];

    /// <summary>Whether the answer's body is read after the request, so that the answer stays open.</summary>
    public bool KeepsResponse { get; init; }
}
