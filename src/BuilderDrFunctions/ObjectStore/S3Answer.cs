using System.Xml;
using System.Xml.Linq;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>Reads what an S3 endpoint answers: errors into faults, small documents into elements.</summary>
/// <remarks>Facts: docs.aws.amazon.com, "Error responses" (list of error codes). Of an error only its code goes into a message.</remarks>
internal static class S3Answer
{
    private const int MostErrorBytes = 64 * 1024;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    /// <summary>The pause a busy server asks for, at most two minutes.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when response.Headers.Date is { } now => date - now,
            _ => (TimeSpan?)null,
        };
        return asked is { } pause && pause > TimeSpan.Zero ? (pause < LongestPause ? pause : LongestPause) : null;
    }

    /// <summary>The answer's ETag without quotes, also where a server forgets them; null when there is none.</summary>
    public static string? ETagOf(HttpResponseMessage response)
        => response.Headers.NonValidated.TryGetValues("ETag", out var values) ? values.ToString().Trim('"') : null;

    /// <summary>Where the bucket is, which AWS says beside an error: its redirects do not name it in their body.</summary>
    private static string? RegionOf(HttpResponseMessage response)
        => response.Headers.NonValidated.TryGetValues("x-amz-bucket-region", out var values) ? values.ToString() : null;

    /// <summary>Whether an ETag should be the content's MD5: of parts and under a key service it is something else.</summary>
    public static bool IsETagMd5(HttpResponseMessage response, string eTag)
        => ObjectBody.LooksLikeMd5(eTag)
            && !response.Headers.NonValidated.Contains("x-amz-server-side-encryption-customer-algorithm")
            && !(response.Headers.NonValidated.TryGetValues("x-amz-server-side-encryption", out var method) && method.ToString() is not "AES256");

    /// <summary>The fault for an answer that is no success.</summary>
    public static async Task<FaultException> FaultAsync(
        string store, string region, S3Request request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var error = await ReadErrorAsync(response, cancellationToken);
        var code = error?.Element("Code")?.Value;
        var status = (int)response.StatusCode;
        if (request.Key is not null && IsUnreadable(code, error?.Element("Message")?.Value))
        {
            return ObjectStoreFaults.ServerError(store, status, request.Operation, code);
        }

        return (code, status) switch
        {
            ("InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "ExpiredToken", _) => ObjectStoreFaults.WrongKey(store, code),
            ("RequestTimeTooSkewed", _) => ObjectStoreFaults.ClockSkew(store),
            ("NoSuchBucket", _) => ObjectStoreFaults.BucketMissing(store),
            ("AuthorizationHeaderMalformed" or "PermanentRedirect" or "TemporaryRedirect", _) or (_, 301 or 307)
                => ObjectStoreFaults.WrongRegion(store, region, error?.Element("Region")?.Value ?? RegionOf(response)),
            ("SlowDown" or "RequestLimitExceeded" or "TooManyRequests", _) or (_, 429 or 503) => ObjectStoreFaults.Throttled(store, status, request.Operation),
            ("RequestTimeout", _) or (_, 408 or >= 500) => ObjectStoreFaults.ServerError(store, status, request.Operation, code),
            (_, 401 or 403) => ObjectStoreFaults.AccessDenied(store, request.Operation),
            (null, 404) when request.Key is null => ObjectStoreFaults.BucketMissing(store),
            _ => ObjectStoreFaults.Refused(store, status, request.Operation, code),
        };
    }

    /// <summary>Reads a small XML document and drops its namespaces: endpoints disagree about them.</summary>
    /// <returns>Null when it is none.</returns>
    public static async Task<XElement?> ReadXmlAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return Parse(await BoundedAsync(body, cancellationToken));
    }

    /// <summary>Whether MinIO says that it cannot read enough of an object's parts: a damaged object gets this answer every time, as a service does that is down.</summary>
    /// <remarks>
    /// Facts: minio, cmd/api-errors.go. A code of its own in 2018 and again since July 2023; in between the code of a busy server, whose text alone is
    /// another than that of AWS and of a MinIO that is really busy.
    /// </remarks>
    private static bool IsUnreadable(string? code, string? message) =>
        code is "XMinioReadQuorum" or "SlowDownRead"
        || (code is "SlowDown" && message is "Please reduce your request" or "Resource requested is unreadable, please reduce your request rate");

    private static async Task<XElement?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadXmlAsync(response, cancellationToken);
        }
        catch (IOException)
        {
            // The status alone says enough; a cut error body must not hide it.
            return null;
        }
    }

    private static async Task<MemoryStream> BoundedAsync(Stream body, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while (content.Length < MostErrorBytes && (read = await body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await content.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        content.Position = 0;
        return content;
    }

    private static XElement? Parse(MemoryStream content)
    {
        try
        {
            using var reader = XmlReader.Create(content, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            var root = XElement.Load(reader);
            foreach (var element in root.DescendantsAndSelf())
            {
                element.Name = element.Name.LocalName;
            }

            return root;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
