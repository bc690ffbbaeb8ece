using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>What would be left of a site if the first vault were lost: the recovery point of the second one.</summary>
/// <remarks>Never worse than a warning, whatever is wrong: the first vault still has the sets.</remarks>
public sealed class SecondCopyCheck(CopyVault copy, IOptions<RecoveryObjectives> objectives, TimeProvider time)
{
    /// <summary>What this check is called.</summary>
    internal const string Name = "secondCopy";

    /// <summary>Whether there is a second vault to look at.</summary>
    public bool IsNeeded => copy.IsConfigured;

    /// <summary>The newest set in the second vault that can be read, against <c>Objectives__Rpo</c>.</summary>
    public async Task<HealthCheck> CheckAsync(string site, CancellationToken cancellationToken)
    {
        try
        {
            return await JudgeAsync(site, cancellationToken);
        }
        catch (FaultException fault)
        {
            return HealthChecks.Of(Name, site, HealthStatus.Warning, fault);
        }
    }

    private async Task<HealthCheck> JudgeAsync(string site, CancellationToken cancellationToken)
    {
        var objective = objectives.Value.Rpo;
        var (set, damaged) = await new SetCatalog(copy.Vault).FindNewestReadableAsync(site, cancellationToken);
        var now = time.GetUtcNow();
        TimeSpan? age = set is null ? null : now - set.RecoveryPoint;
        var check = set is not null && ClockRule.IsAhead(set, now) ? HealthChecks.Of(Name, site, HealthStatus.Warning, HealthFaults.FutureDated(set, " in the second vault", now))
            : damaged.Count > 0 ? HealthChecks.Of(Name, site, HealthStatus.Warning, HealthFaults.CopyDamaged(site, damaged[0]))
            : age is null || age > objective ? HealthChecks.Of(Name, site, HealthStatus.Warning, HealthFaults.CopyBehind(site, age, objective))
            : new HealthCheck(Name, site, HealthStatus.Ok, $"the second vault's newest recovery point is {Ages.Say(age.Value)} old, within the objective of {Ages.Say(objective)}");
        return check with { At = set?.RecoveryPoint, AgeSeconds = Ages.Seconds(set?.RecoveryPoint, now), LimitSeconds = objective.TotalSeconds };
    }
}
