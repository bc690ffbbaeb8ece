namespace BuilderDrFunctions.Monitoring;

/// <summary>How everything is: the answer of <c>GET /api/health</c>.</summary>
/// <param name="Status">The worst of all checks.</param>
/// <param name="CheckedAt">UTC.</param>
/// <param name="Checks">By site and name; those of the app as such come last.</param>
public sealed record HealthReport(HealthStatus Status, DateTimeOffset CheckedAt, IReadOnlyList<HealthCheck> Checks)
{
    /// <summary>Sums checks up.</summary>
    public static HealthReport Of(DateTimeOffset at, IReadOnlyList<HealthCheck> checks) =>
        new(checks.Select(check => check.Status).DefaultIfEmpty(HealthStatus.Ok).Max(), at, checks);
}

/// <summary>What one check found.</summary>
/// <param name="Name">Which check, such as <c>recoveryPoint</c>.</param>
/// <param name="Site">Of which Builder; null for checks of the app as such.</param>
/// <param name="Status">How it is.</param>
/// <param name="Summary">In words, without number and hint.</param>
/// <param name="Code">The number of what is wrong; null when nothing is.</param>
/// <param name="Hint">What to do next; null when nothing is wrong.</param>
/// <param name="At">UTC; the moment the finding is about, such as the recovery point or the drill's end.</param>
/// <param name="AgeSeconds">How long ago that was.</param>
/// <param name="LimitSeconds">How long ago it may be.</param>
public sealed record HealthCheck(
    string Name, string? Site, HealthStatus Status, string Summary, string? Code = null, string? Hint = null,
    DateTimeOffset? At = null, double? AgeSeconds = null, double? LimitSeconds = null);

/// <summary>How something is; the greater, the worse.</summary>
public enum HealthStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>An operator should look soon.</summary>
    Warning,

    /// <summary>The check itself could not be done: nothing is known.</summary>
    Unknown,

    /// <summary>Data would be lost, or Builder is down: an operator must look now.</summary>
    Critical,
}
