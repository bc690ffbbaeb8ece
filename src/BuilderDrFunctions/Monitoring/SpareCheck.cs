using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>How old is what the spare shows.</summary>
/// <remarks>Never worse than a warning: the site that it stands in for is watched by itself.</remarks>
public sealed class SpareCheck(SpareRecords records, IOptions<SpareOptions> spare, IOptions<MonitoringOptions> options, TimeProvider time)
{
    /// <summary>What this check is called.</summary>
    internal const string Name = "spare";

    /// <summary>The spare; null: none is configured.</summary>
    public string? Site => spare.Value.IsOn ? spare.Value.Site : null;

    /// <summary>The recovery point of the set that the spare was last restored to, against <c>Monitoring__MaxSpareAge</c>.</summary>
    public async Task<HealthCheck> CheckAsync(string site, CancellationToken cancellationToken)
    {
        var limit = options.Value.MaxSpareAge;
        var shown = await records.FindAsync(site, cancellationToken);
        var now = time.GetUtcNow();
        TimeSpan? age = shown is null ? null : now - shown.RecoveryPoint;
        var check = shown is not null && ClockRule.IsAhead(shown.RecoveryPoint, now)
            ? HealthChecks.Of(Name, site, HealthStatus.Warning, HealthFaults.FutureDated(
                $"what the spare '{site}' shows, set {shown.Label} of site '{spare.Value.Source}',", shown.RecoveryPoint, now, "the spare's next refresh passes that set over"))
            : age is null || age > limit
            ? HealthChecks.Of(Name, site, HealthStatus.Warning, HealthFaults.SpareBehind(site, spare.Value.Source, age, limit))
            : new HealthCheck(Name, site, HealthStatus.Ok, $"the spare shows site '{spare.Value.Source}' as it was {Ages.Say(age.Value)} ago");
        return check with { At = shown?.RecoveryPoint, AgeSeconds = Ages.Seconds(shown?.RecoveryPoint, now), LimitSeconds = limit.TotalSeconds };
    }
}
