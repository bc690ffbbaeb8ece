using BuilderDrFunctions.Notifications;

namespace BuilderDrFunctions.Monitoring;

/// <summary>How everything was when somebody was last told: the document <c>monitoring/states.json</c> in the vault.</summary>
/// <param name="States">By site and subject, such as <c>main-recoveryPoint</c>.</param>
public sealed record WatchedStates(IReadOnlyDictionary<string, WatchedState> States)
{
    // These ask something over the network: one bad look may be the network's.
    private static readonly string[] SeenTwice = ["api", VaultCheck.Name, SecondCopyCheck.Name];

    // Builder or the vault is gone, whatever the number: which one it is may be another at every look.
    private static readonly string[] AnyCode = ["api", VaultCheck.Name];

    // Of these a first good end is worth telling.
    private static readonly string[] Runs = ["lastRun", "verify", "drill"];

    // Three looks of the clock's: a network's bad moment is not news, a host or a vault that is gone is.
    private static readonly TimeSpan UntilUnknownIsNews = TimeSpan.FromMinutes(9);

    /// <summary>Nothing told yet.</summary>
    public static WatchedStates None { get; } = new(new Dictionary<string, WatchedState>(StringComparer.Ordinal));

    /// <summary>The same with what was told later; ids count on from the higher number, so that none is given twice.</summary>
    internal WatchedStates With(WatchedStates later)
    {
        var states = new Dictionary<string, WatchedState>(States, StringComparer.Ordinal);
        foreach (var (key, state) in later.States.Where(state => state.Value.Status is not null))
        {
            states[key] = state with { Changes = Math.Max(state.Changes, States.GetValueOrDefault(key)?.Changes ?? 0) };
        }

        return new WatchedStates(states);
    }

    /// <summary>Holds checks against what was told: what is to be remembered from now on, and what is to be told.</summary>
    /// <remarks>
    /// Something else that is wrong is a change too, however bad it was before.
    /// A check that could not be done changes nothing, unless it stays so: then that is told, once. What is critical already is not told to be unknown,
    /// and while the vault itself is in trouble, what cannot be read from it is no news of its own.
    /// </remarks>
    public (WatchedStates Next, IReadOnlyList<Notification> News) Compare(IReadOnlyCollection<HealthCheck> checks, DateTimeOffset now)
    {
        var isVaultBad = checks.Any(check => check is { Name: VaultCheck.Name, Status: HealthStatus.Unknown or HealthStatus.Critical });
        var next = new Dictionary<string, WatchedState>(States, StringComparer.Ordinal);
        var news = new List<Notification>();
        foreach (var check in checks)
        {
            var key = $"{check.Site ?? "app"}-{check.Name.Replace(':', '-')}";
            var known = States.GetValueOrDefault(key) ?? new WatchedState(null, now, 0, null);
            if (Judge(known, check, isVaultBad && check.Name != VaultCheck.Name, now) is { } remembered)
            {
                next[key] = remembered;
                continue;
            }

            next[key] = new WatchedState(check.Status, now, known.Changes + 1, null, Code: HealthFaults.CauseOf(check));
            if (EventOf(known, check) is { } @event)
            {
                news.Add(new Notification(
                    string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}-{known.Changes + 1}-{now:yyyyMMdd}"),
                    @event, check.Site, check.Name, check.Status.ToString().ToLowerInvariant(), check.Summary, check.Code, check.Hint, now));
            }
        }

        return (new WatchedStates(next), news);
    }

    /// <summary>What to remember where nothing has changed, or not for certain; null: it has.</summary>
    private static WatchedState? Judge(WatchedState known, HealthCheck check, bool isConsequence, DateTimeOffset now)
    {
        if (check.Status == HealthStatus.Unknown)
        {
            var since = known.UnknownSince ?? now;
            return known.Status is HealthStatus.Unknown or HealthStatus.Critical || isConsequence || now - since < UntilUnknownIsNews
                ? known with { UnknownSince = since }
                : null;
        }

        var code = HealthFaults.CauseOf(check);
        if (known.Status == check.Status && (known.Code is null || known.Code == code || AnyCode.Contains(check.Name, StringComparer.Ordinal)))
        {
            // An earlier version kept no code: what is wrong now counts as told.
            return known with { Code = known.Code ?? code, Seen = null, SeenCode = null, UnknownSince = null };
        }

        if (known.Status is not null)
        {
            var isSeen = known.Status == check.Status ? known.SeenCode == code : known.Seen == check.Status;
            return SeenTwice.Contains(check.Name, StringComparer.Ordinal) && !isSeen ? known with { Seen = check.Status, SeenCode = code, UnknownSince = null } : null;
        }

        return check.Status == HealthStatus.Ok && check.At is null && IsRun(check) ? known with { UnknownSince = null } : null;
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
/// <param name="UnknownSince">UTC; since when the check could not be done. Null: it could.</param>
/// <param name="Code">The number of what was wrong; of a run that failed, its cause's. Null: nothing, or an earlier version told it.</param>
/// <param name="SeenCode">The number that the last look saw, where one look does not count yet.</param>
public sealed record WatchedState(
    HealthStatus? Status, DateTimeOffset Since, long Changes, HealthStatus? Seen, DateTimeOffset? UnknownSince = null, string? Code = null, string? SeenCode = null);
