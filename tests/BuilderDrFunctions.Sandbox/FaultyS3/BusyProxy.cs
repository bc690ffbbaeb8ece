using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Sandbox.FaultyS3;

/// <summary>Stands before a storage service and answers some of its requests itself: 503 "ServerBusy", or a cut connection. The rest goes through unchanged.</summary>
public sealed class BusyProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Uri _target;

    private BusyProxy(WebApplication app, Uri target)
    {
        _app = app;
        _target = target;
    }

    /// <summary>Which requests fail; of the faults only <see cref="S3Fault.Busy503"/> and <see cref="S3Fault.Cut"/>.</summary>
    public FaultPlan Faults { get; set; } = FaultPlan.None;

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
                await PassAsync(http);
                break;
        }
    }

    private async Task PassAsync(HttpContext http)
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
