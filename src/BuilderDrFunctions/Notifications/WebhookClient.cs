using System.Net;

namespace BuilderDrFunctions.Notifications;

/// <summary>Posts to webhooks; redirects are not followed, because they would take a secret address elsewhere.</summary>
public sealed class WebhookClient : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(15),
    };

    /// <summary>Posts and gives the status.</summary>
    /// <exception cref="Faults.TransientFaultException">DR9103.</exception>
    public async Task<HttpStatusCode> PostAsync(string webhook, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.StatusCode;
        }
        catch (HttpRequestException exception)
        {
            // The exception's own text names the host.
            throw NotificationFaults.Unreachable(webhook, exception.HttpRequestError.ToString());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotificationFaults.Unreachable(webhook, "it did not answer in time");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
