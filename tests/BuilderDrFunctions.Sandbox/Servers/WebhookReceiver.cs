using System.Collections.Concurrent;
using System.Text;
using BuilderDrFunctions.Sandbox.Secrets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Sandbox.Servers;

/// <summary>A webhook's other end, on loopback.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    /// <summary>In its address, and as secret as Slack's.</summary>
    public const string SecretPath = "T0F3B9C2-very-secret-path";

    private readonly WebApplication web;

    private WebhookReceiver(WebApplication web) => this.web = web;

    /// <summary>What was posted: headers and body.</summary>
    public ConcurrentQueue<(IReadOnlyDictionary<string, string> Headers, byte[] Body)> Posts { get; } = new();

    /// <summary>Searches what is posted, together with the rest that an app tells; null: it is not searched.</summary>
    public SecretSearch? Search { get; set; }

    /// <summary>What it answers.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    /// <summary>What it answers to a body; null: <see cref="Status"/>.</summary>
    public Func<byte[], int>? StatusOf { get; set; }

    /// <summary>Its address.</summary>
    public string Url => $"{web.Urls.First()}/services/{SecretPath}";

    /// <summary>Listens.</summary>
    public static async Task<WebhookReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.MapPost("/{**path}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
            var headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            receiver.Search?.Search("notification", $"{string.Join('\n', headers)}\n{Encoding.UTF8.GetString(body.ToArray())}");
            receiver.Posts.Enqueue((headers, body.ToArray()));
            return Results.StatusCode(receiver.StatusOf?.Invoke(body.ToArray()) ?? receiver.Status);
        });
        await app.StartAsync(cancellationToken);
        return receiver;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => web.DisposeAsync();
}
