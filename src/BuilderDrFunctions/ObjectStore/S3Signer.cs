using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>Signs requests with AWS Signature Version 4, in headers.</summary>
/// <remarks>
/// The Minio client signs only what it sends itself, and it has no listing from a key on, no conditional and no ranged read;
/// presigned addresses cannot carry a listing either. Bodies are sent unsigned with a Content-MD5, so that they can be streamed.
/// Facts: docs.aws.amazon.com, "Create a signed AWS API request".
/// </remarks>
internal sealed class S3Signer(string accessKey, string secretKey, string region, TimeProvider clock)
{
    private const string UnsignedPayload = "UNSIGNED-PAYLOAD";
    private readonly Lock _lock = new();
    private string _keyDate = "";
    private byte[] _key = [];

    /// <summary>Adds date, payload and authorization headers.</summary>
    /// <param name="request">Gets the headers; its <c>If-Match</c> and <c>Range</c> headers need no signature.</param>
    /// <param name="host">As the Host header will say.</param>
    /// <param name="path">Encoded.</param>
    /// <param name="query">Encoded and sorted.</param>
    public void Sign(HttpRequestMessage request, string host, string path, string query)
    {
        var now = clock.GetUtcNow();
        var time = now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var date = time[..8];
        var canonical = $"{request.Method.Method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{UnsignedPayload}\nx-amz-date:{time}\n\n"
            + $"host;x-amz-content-sha256;x-amz-date\n{UnsignedPayload}";
        var scope = $"{date}/{region}/s3/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(KeyOf(date), Encoding.UTF8.GetBytes(toSign)));
        request.Headers.Host = host;
        request.Headers.Add("x-amz-date", time);
        request.Headers.Add("x-amz-content-sha256", UnsignedPayload);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={accessKey}/{scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}");
    }

    private byte[] KeyOf(string date)
    {
        lock (_lock)
        {
            if (!string.Equals(_keyDate, date, StringComparison.Ordinal))
            {
                var key = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + secretKey), Encoding.UTF8.GetBytes(date));
                key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(region));
                key = HMACSHA256.HashData(key, "s3"u8);
                _key = HMACSHA256.HashData(key, "aws4_request"u8);
                _keyDate = date;
            }

            return _key;
        }
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
