using BuilderDrFunctions.Notifications;

namespace BuilderDrFunctions.Monitoring;

/// <summary>How everything was when somebody was last told: the document <c>monitoring/states.json</c> in the vault.</summary>
/// <param name="States">By site and subject, such as <c>main-recoveryPoint</c>.</param>
public sealed record WatchedStates(IReadOnlyDictionary<string, WatchedState> States)
{
    // These ask something over the network: one bad look may be the network's.
    private static readonly string[] SeenTwice = ["api", "vault"];

    // Of these a first good end is worth telling.
    private static readonly string[] Runs = ["lastRun", "verify", "drill"];

    /// <summary>Nothing told yet.</summary>
    public static WatchedStates None { get; } = new(new Dictionary<string, WatchedState>(StringComparer.Ordinal));

    /// <summary>Holds checks against what was told: what is to be remembered from now on, and what is to be told.</summary>
    /// <remarks>A check that could not be done changes nothing.</remarks>
    public (WatchedStates Next, IReadOnlyList<Notification> News) Compare(IEnumerable<HealthCheck> checks, DateTimeOffset now)
    {
        var next = new Dictionary<string, WatchedState>(States, StringComparer.Ordinal);
        var news = new List<Notification>();
        foreach (var check in checks.Where(check => check.Status != HealthStatus.Unknown))
        {
            var key = $"{check.Site ?? "app"}-{check.Name.Replace(':', '-')}";
            var known = States.GetValueOrDefault(key) ?? new WatchedState(null, now, 0, null);
            if (known.Status == check.Status)
            {
                next[key] = known with { Seen = null };
            }
            else if (known.Status is not null && SeenTwice.Contains(check.Name, StringComparer.Ordinal) && known.Seen != check.Status)
            {
                next[key] = known with { Seen = check.Status };
            }
            else if (known.Status is not null || check.Status != HealthStatus.Ok || check.At is not null || !IsRun(check))
            {
                next[key] = new WatchedState(check.Status, now, known.Changes + 1, null);
                if (EventOf(known, check) is { } @event)
                {
                    news.Add(new Notification(
                        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}-{known.Changes + 1}-{now:yyyyMMdd}"),
                        @event, check.Site, check.Name, check.Status.ToString().ToLowerInvariant(), check.Summary, check.Code, check.Hint, now));
                }
            }
        }

        return (new WatchedStates(next), news);
    }

    private static NotificationEvent? EventOf(WatchedState known, HealthCheck check) => check.Status switch
    {
        HealthStatus.Ok when known.Status is not null => NotificationEvent.Recovery,
        HealthStatus.Ok => IsRun(check) ? NotificationEvent.Success : null,
        _ => check.Code is HealthFaults.ObjectiveMissedCode or HealthFaults.RecoveryTimeMissedCode ? NotificationEvent.ObjectiveMissed : NotificationEvent.Failure,
    };

    private static bool IsRun(HealthCheck check) =>
        Runs.Contains(check.Name, StringComparer.Ordinal) || check.Name.StartsWith(StateWatch.RunPrefix, StringComparison.Ordinal);
}

/// <summary>How one thing was when somebody was last told.</summary>
/// <param name="Status">Null: nobody was told yet.</param>
/// <param name="Since">UTC; when that was.</param>
/// <param name="Changes">How many changes there were.</param>
/// <param name="Seen">What the last look saw, where one look does not count yet.</param>
public sealed record WatchedState(HealthStatus? Status, DateTimeOffset Since, long Changes, HealthStatus? Seen);
