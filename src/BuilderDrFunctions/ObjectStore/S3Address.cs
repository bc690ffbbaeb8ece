using System.Text;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>Turns keys and queries into the addresses that S3 signs: every byte but the unreserved ones is percent-encoded, nothing is normalised.</summary>
/// <remarks>
/// A key may hold <c>//</c>, <c>..</c>, <c>%2F</c> or <c>+</c>; <see cref="Uri"/> would rewrite some of them and the signature would be another's.
/// Facts: docs.aws.amazon.com, "Signature Version 4 signing process", canonical URI and query string.
/// </remarks>
internal sealed class S3Address
{
    private readonly string _root;
    private readonly string _path;

    public S3Address(ArtifactsOptions options)
    {
        var endpoint = options.Endpoint.Contains("://", StringComparison.Ordinal) ? options.Endpoint : $"http://{options.Endpoint}";
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var parsed)
            || parsed.Scheme is not ("http" or "https")
            || parsed.UserInfo.Length > 0 || parsed.Query.Length > 0 || parsed.AbsolutePath.Length > 1)
        {
            throw ObjectStoreFaults.BadEndpoint(parsed is { UserInfo.Length: > 0 } ? "(it holds a user name)" : options.Endpoint);
        }

        if (string.IsNullOrWhiteSpace(options.Bucket) || options.Bucket.Contains('/', StringComparison.Ordinal))
        {
            throw ObjectStoreFaults.BadBucketName(options.Bucket);
        }

        IsTls = parsed.Scheme is "https";
        Endpoint = parsed.Authority;
        Host = options.PathStyle ? parsed.Authority : $"{options.Bucket}.{parsed.Authority}";
        _root = $"{parsed.Scheme}://{Host}";
        _path = options.PathStyle ? $"/{Encode(options.Bucket, keepSlash: false)}" : "";
        Description = options.TunneledTo is { } far ? $"{far}/{options.Bucket} (through SSH)" : $"{parsed.Scheme}://{parsed.Authority}/{options.Bucket}";
    }

    /// <summary>Host and port as the Host header has them.</summary>
    public string Host { get; }

    /// <summary>Host and port of the service, without the bucket.</summary>
    public string Endpoint { get; }

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsTls { get; }

    /// <summary>Endpoint and bucket, for messages.</summary>
    public string Description { get; }

    /// <summary>The encoded path of the bucket (key null) or of one object.</summary>
    public string PathOf(string? key) => key is null ? (_path.Length == 0 ? "/" : $"{_path}") : $"{_path}/{Encode(key, keepSlash: true)}";

    /// <summary>The query in the order it is signed in: by encoded name.</summary>
    public static string QueryOf(IEnumerable<KeyValuePair<string, string>> query)
        => string.Join('&', query
            .Select(pair => $"{Encode(pair.Key, keepSlash: false)}={Encode(pair.Value, keepSlash: false)}")
            .Order(StringComparer.Ordinal));

    /// <summary>The address as it goes over the wire, untouched by <see cref="Uri"/>.</summary>
    public Uri UriOf(string path, string query)
        => new(query.Length == 0 ? _root + path : $"{_root}{path}?{query}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static string Encode(string text, bool keepSlash)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var encoded = new StringBuilder(bytes.Length + 16);
        foreach (var value in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~' || (keepSlash && value == (byte)'/'))
            {
                encoded.Append((char)value);
            }
            else
            {
                encoded.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }
}
