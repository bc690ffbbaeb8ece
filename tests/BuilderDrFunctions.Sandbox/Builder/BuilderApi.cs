using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Sandbox.Builder;

/// <summary>Answers <c>GET /v1/status</c> with 200 and an empty body and takes uploads while it is up; refuses connections while it is down.</summary>
internal sealed class BuilderApi(int port, PackageUploads uploads) : IAsyncDisposable
{
    private WebApplication? app;

    /// <summary>What the status page answers.</summary>
    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http1));
        app = builder.Build();
        app.MapGet("/v1/status", () => Results.StatusCode(StatusCode));
        app.MapPost("/v1/depot/pkgs/{origin}/{name}/{version}/{release}", uploads.TakeAsync);
        await app.StartAsync(cancellationToken);
    }

    public async Task StopAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
            app = null;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
