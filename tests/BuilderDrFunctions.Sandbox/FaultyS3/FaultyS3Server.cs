using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Sandbox.FaultyS3;

/// <summary>An S3 endpoint for what a real one does not do on request: faults at random, and a listing of a million objects. It reads only, and checks no signature.</summary>
public sealed class FaultyS3Server : IAsyncDisposable
{
    /// <summary>The only bucket.</summary>
    public const string Bucket = "generated";

    private const int PageObjects = 1000;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();

    private FaultyS3Server(WebApplication app, GeneratedBucket objects)
    {
        _app = app;
        Objects = objects;
    }

    /// <summary>What it serves.</summary>
    public GeneratedBucket Objects { get; }

    /// <summary>Which requests fail; may be changed at any time.</summary>
    public FaultPlan Faults { get; set; } = FaultPlan.None;

    /// <summary>Objects of which too few drives can be read, by number: every read of one gets this code and message, as MinIO answers, and <c>Retry-After: 60</c>.</summary>
    public ConcurrentDictionary<int, (string Code, string Message)> Unreadable { get; } = new();

    /// <summary>What every request is answered with; null: what it asks for.</summary>
    public S3Refusal? Refusal { get; set; }

    /// <summary>How often each object's body was sent from its first byte to its last.</summary>
    public ConcurrentDictionary<int, int> Reads { get; } = new();

    /// <summary>Pages listed.</summary>
    public int Pages => _pages;

    /// <summary>Scheme, host and port.</summary>
    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private int _pages;

    /// <summary>Starts an endpoint on a port of 127.0.0.1, with TLS when there is a certificate.</summary>
    public static async Task<FaultyS3Server> StartNewAsync(GeneratedBucket objects, X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        var server = new FaultyS3Server(app, objects);
        app.Run(server.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (Refusal is { } refusal)
        {
            await refusal.AnswerAsync(http);
            return;
        }

        var fault = Faults.Next();
        var key = Uri.UnescapeDataString(http.Request.Path.Value ?? "").TrimStart('/')[Bucket.Length..].TrimStart('/');
        switch (fault)
        {
            case S3Fault.Cut:
                http.Abort();
                break;
            case S3Fault.Error500:
                await ErrorAsync(http, 500, "InternalError");
                break;
            case S3Fault.Busy503:
                http.Response.Headers.RetryAfter = "0";
                await ErrorAsync(http, 503, "SlowDown");
                break;
            default:
                await (key.Length == 0 ? ListAsync(http, fault) : GetAsync(http, key, fault));
                break;
        }
    }

    private async Task GetAsync(HttpContext http, string key, S3Fault fault)
    {
        if (Objects.NumberOf(key) is not { } number)
        {
            await ErrorAsync(http, 404, "NoSuchKey");
            return;
        }

        if (Unreadable.TryGetValue(number, out var answer))
        {
            http.Response.Headers.RetryAfter = "60";
            await ErrorAsync(http, 503, answer.Code, answer.Message);
            return;
        }

        var eTag = Objects.ETagOf(number);
        if (http.Request.Headers.IfMatch is [{ } wanted] && !string.Equals(wanted.Trim('"'), eTag, StringComparison.Ordinal))
        {
            await ErrorAsync(http, 412, "PreconditionFailed");
            return;
        }

        var content = Objects.ContentOf(number);
        var from = http.Request.GetTypedHeaders().Range?.Ranges.Single().From ?? 0;
        if (from > 0)
        {
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{content.Length - 1}/{content.Length}");
        }

        if (fault == S3Fault.FlippedByte && content.Length > from)
        {
            content[^1] ^= 1;
        }

        http.Response.Headers.ETag = fault == S3Fault.WrongETag ? "\"00000000000000000000000000000000\"" : $"\"{eTag}\"";
        http.Response.Headers.LastModified = DateTimeOffset.UnixEpoch.AddDays(number % 20_000).ToString("R", CultureInfo.InvariantCulture);
        await SendAsync(http, content.AsMemory((int)from), fault);
        if (fault is not (S3Fault.Silence or S3Fault.Truncated) && from == 0)
        {
            Reads.AddOrUpdate(number, 1, static (_, count) => count + 1);
        }
    }

    private async Task ListAsync(HttpContext http, S3Fault fault)
    {
        Interlocked.Increment(ref _pages);
        var query = http.Request.Query;
        var after = query["continuation-token"].FirstOrDefault() ?? query["start-after"].FirstOrDefault();
        var most = Math.Min(PageObjects, int.Parse(query["max-keys"].FirstOrDefault() ?? "1000", CultureInfo.InvariantCulture));
        var first = after is null ? 0 : Objects.FirstBehind(after);
        var xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        var (entries, last) = query.ContainsKey("delimiter") ? Folders(xml) : Contents(xml, first, Math.Min(Objects.Count, first + most), fault);
        var isTruncated = last < Objects.Count;
        xml.Append(CultureInfo.InvariantCulture, $"<KeyCount>{entries}</KeyCount><IsTruncated>{(isTruncated ? "true" : "false")}</IsTruncated>");
        if (isTruncated)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<NextContinuationToken>{GeneratedBucket.KeyOf(last - 1)}</NextContinuationToken>");
        }

        xml.Append("</ListBucketResult>");
        http.Response.ContentType = "application/xml";
        await SendAsync(http, Encoding.UTF8.GetBytes(xml.ToString()), fault);
    }

    private (int Entries, int Last) Contents(StringBuilder xml, int first, int last, S3Fault fault)
    {
        for (var number = first; number < last; number++)
        {
            var eTag = fault == S3Fault.WrongETag && number == first ? "00000000000000000000000000000000" : Objects.ETagOf(number);
            xml.Append(
                CultureInfo.InvariantCulture,
                $"<Contents><Key>{GeneratedBucket.KeyOf(number)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;{eTag}&quot;</ETag><Size>{Objects.BytesOf(number)}</Size><StorageClass>STANDARD</StorageClass></Contents>");
        }

        return (last - first, last);
    }

    private (int Entries, int Last) Folders(StringBuilder xml)
    {
        var folders = 0;
        for (var number = 0; number < Objects.Count; folders++)
        {
            var key = GeneratedBucket.KeyOf(number);
            var folder = key[..(key.IndexOf('/', StringComparison.Ordinal) + 1)];
            xml.Append(CultureInfo.InvariantCulture, $"<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>");
            number = Objects.FirstBehind(folder + "\uFFFF");
        }

        return (folders, Objects.Count);
    }

    private async Task SendAsync(HttpContext http, ReadOnlyMemory<byte> body, S3Fault fault)
    {
        http.Response.ContentLength = body.Length;
        if (fault is not (S3Fault.Silence or S3Fault.Truncated))
        {
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
            return;
        }

        await http.Response.Body.WriteAsync(body[..(body.Length / 2)], http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        if (fault == S3Fault.Silence)
        {
            // Until the client gives up.
            using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token);
            await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            http.Abort();
        }

        // Otherwise Kestrel closes the connection behind what is shorter than announced; told to abort, it may not even send that.
    }

    private static async Task ErrorAsync(HttpContext http, int status, string code, string message = "")
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/xml";
        await http.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>", http.RequestAborted);
    }
}
