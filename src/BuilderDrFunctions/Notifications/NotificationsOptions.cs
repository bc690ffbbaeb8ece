using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Notifications;

/// <summary>Who is told of changes: section <c>Notifications</c>, one webhook by any name.</summary>
public sealed class NotificationsOptions : Dictionary<string, WebhookOptions>
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Notifications";

    /// <summary>Names are compared as configuration keys are: without regard to case.</summary>
    public NotificationsOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }
}

/// <summary>One webhook: section <c>Notifications:&lt;name&gt;</c>. Its address is a secret, as Slack's and Teams' are: never logged, never in history.</summary>
public sealed class WebhookOptions
{
    /// <summary>Where notifications are posted: <c>https</c>, or <c>http</c> to this machine itself.</summary>
    [Required]
    public string Url { get; init; } = "";

    /// <summary>The body's form: <c>generic</c> (JSON), <c>slack</c> or <c>teams</c>. Default: <c>generic</c>.</summary>
    public WebhookKind Kind { get; init; }

    /// <summary>What the body is signed with (HMAC-SHA256). Default: none, and then it is not signed.</summary>
    public string? Secret { get; init; }

    /// <summary>Which events, with commas between: <c>success</c>, <c>failure</c>, <c>recovery</c>, <c>objectiveMissed</c>. Default: all.</summary>
    public string Events { get; init; } = "success,failure,recovery,objectiveMissed";

    /// <summary>The events, read; those that are none are null.</summary>
    internal IEnumerable<NotificationEvent?> ParsedEvents =>
        Events.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => Enum.TryParse<NotificationEvent>(text, ignoreCase: true, out var found) && char.IsLetter(text[0]) ? found : (NotificationEvent?)null);
}

/// <summary>The forms of a notification's body.</summary>
public enum WebhookKind
{
    /// <summary>The notification as JSON.</summary>
    Generic,

    /// <summary>Slack's incoming webhooks.</summary>
    Slack,

    /// <summary>Microsoft Teams' workflows: an adaptive card.</summary>
    Teams,
}

/// <summary>Refuses webhooks that could never be told anything, before the app serves. The address itself is not repeated.</summary>
public sealed class NotificationsOptionsValidator : IValidateOptions<NotificationsOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, NotificationsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = new List<string>();
        foreach (var (webhook, given) in options)
        {
            if (webhook.Length > 40 || !webhook.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'))
            {
                problems.Add(NotificationFaults.BadName(webhook).Message);
            }

            if (!Uri.TryCreate(given.Url, UriKind.Absolute, out var url) || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
            {
                problems.Add(NotificationFaults.BadUrl(webhook).Message);
            }

            if (given.ParsedEvents.Any(parsed => parsed is null) || !given.ParsedEvents.Any())
            {
                problems.Add(NotificationFaults.BadEvents(webhook).Message);
            }
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
