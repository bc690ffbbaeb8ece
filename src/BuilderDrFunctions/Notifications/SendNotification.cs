using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Notifications;

/// <summary>Posts one notification to one webhook, signed where a secret is configured.</summary>
/// <remarks>
/// <c>X-BuilderDr-Signature: sha256=</c> and the lower-case hex HMAC-SHA256, under the secret, of the timestamp header's text, a full
/// stop and the body. A receiver that also checks the timestamp's age cannot be fooled with an old message.
/// </remarks>
public sealed class SendNotification(IOptionsMonitor<NotificationsOptions> options, WebhookClient client, TimeProvider time, ILogger<SendNotification> logger)
{
    /// <summary>Seconds since 1970, UTC.</summary>
    public const string TimestampHeader = "X-BuilderDr-Timestamp";

    /// <summary>The signature.</summary>
    public const string SignatureHeader = "X-BuilderDr-Signature";

    /// <summary>Posts it. At least once: a receiver tells a second time by the notification's id.</summary>
    /// <exception cref="Faults.FaultException">DR9102 to DR9104.</exception>
    [Function(nameof(SendNotification))]
    public async Task<bool> RunAsync([ActivityTrigger] NotificationOrder order, CancellationToken cancellationToken)
    {
        var webhook = options.CurrentValue.GetValueOrDefault(order.Webhook) ?? throw NotificationFaults.Gone(order.Webhook);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url);
        var body = NotificationBody.Of(order.Notification, webhook.Kind);
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("BuilderDr", "1"));
        if (webhook.Secret is { Length: > 0 } secret)
        {
            var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            request.Headers.Add(TimestampHeader, timestamp);
            request.Headers.Add(SignatureHeader, Sign(secret, timestamp, body));
        }

        var status = await client.PostAsync(order.Webhook, request, cancellationToken);
        if ((int)status is >= 200 and < 300)
        {
            logger.NotificationSent(order.Webhook, order.Notification.Event, order.Notification.Site ?? "", order.Notification.Subject);
            return true;
        }

        throw status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500
            ? NotificationFaults.Unreachable(order.Webhook, $"it answered with status {(int)status}")
            : NotificationFaults.Refused(order.Webhook, status);
    }

    /// <summary>The signature header's value.</summary>
    internal static string Sign(string secret, string timestamp, byte[] body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.ASCII.GetBytes(timestamp + "."), .. body]));
}
