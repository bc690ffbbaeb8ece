using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Sandbox.FaultyS3;

/// <summary>Stands before a storage service and answers some of its requests itself: 503 "ServerBusy", a cut connection, or what becomes of lost uploads. The rest goes through unchanged.</summary>
public sealed class BusyProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Uri _target;
    private int _completed;

    private BusyProxy(WebApplication app, Uri target)
    {
        _app = app;
        _target = target;
    }

    /// <summary>Which requests fail; of the faults only <see cref="S3Fault.Busy503"/> and <see cref="S3Fault.Cut"/>.</summary>
    public FaultPlan Faults { get; set; } = FaultPlan.None;

    /// <summary>What goes wrong with each upload in parts to S3 when it is completed.</summary>
    public CompletionLoss Completions { get; set; }

    /// <summary>Completions sent to it.</summary>
    public int Completed => _completed;

    /// <summary>Scheme, host and port.</summary>
    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Starts a proxy on a port of 127.0.0.1.</summary>
    public static async Task<BusyProxy> StartNewAsync(Uri target, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var proxy = new BusyProxy(app, target);
        app.Run(proxy.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return proxy;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        switch (Faults.Next())
        {
            case S3Fault.Cut:
                http.Abort();
                break;
            case S3Fault.Busy503:
                http.Response.StatusCode = 503;
                http.Response.Headers["x-ms-error-code"] = "ServerBusy";
                break;
            default:
                await PassOrLoseAsync(http);
                break;
        }
    }

    private async Task PassOrLoseAsync(HttpContext http)
    {
        var loss = HttpMethods.IsPost(http.Request.Method) && http.Request.Query.ContainsKey("uploadId") ? Completions : CompletionLoss.None;
        var isFirst = loss != CompletionLoss.None && Interlocked.Increment(ref _completed) == 1;
        if (loss == CompletionLoss.None || (loss == CompletionLoss.Answer && isFirst))
        {
            await PassAsync(http, isLost: isFirst);
            return;
        }

        http.Response.StatusCode = 404;
        await http.Response.WriteAsync("<?xml version=\"1.0\"?><Error><Code>NoSuchUpload</Code></Error>", http.RequestAborted);
    }

    private async Task PassAsync(HttpContext http, bool isLost)
    {
        var raw = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri($"{_target.GetLeftPart(UriPartial.Authority)}{raw}"));
        if (http.Request.ContentLength is not null)
        {
            request.Content = new StreamContent(http.Request.Body);
        }

        foreach (var (name, values) in http.Request.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
        if (isLost)
        {
            await response.Content.CopyToAsync(Stream.Null, http.RequestAborted);
            http.Abort();
            return;
        }

        http.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not ("Transfer-Encoding" or "Connection")))
        {
            http.Response.Headers[name] = values.ToArray();
        }

        if (http.Response.StatusCode is not (204 or 304) && !HttpMethods.IsHead(http.Request.Method))
        {
            await response.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
        }
    }
}
