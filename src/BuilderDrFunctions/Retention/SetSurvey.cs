using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Retention;

/// <summary>Looks at a site's sets and decides which of them expire.</summary>
public sealed class SetSurvey(IVault vault, SetCatalog catalog, VerifyVerdicts verdicts, SetHolds holds, RetentionOptions options, TimeProvider time)
{
    /// <summary>Gives every set's fate; nothing is changed.</summary>
    public async Task<ExpiryPlan> PlanAsync(string site, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var sets = new List<RetainedSet>();
        var leftovers = new List<string>();
        foreach (var label in await catalog.ListAsync(site, cancellationToken))
        {
            if (await LookAsync(site, label, cancellationToken) is { } set)
            {
                sets.Add(set);
            }
            else if (label.At < now - options.Grace)
            {
                leftovers.Add(label.Value);
            }
        }

        var decisions = RetentionPolicy.Decide(sets, options, now);
        long bytes = 0;
        foreach (var folder in decisions.Where(decision => decision.Expires).Select(decision => decision.Label).Concat(leftovers))
        {
            await foreach (var file in vault.ListAsync(SetPaths.Set(site, new BackupLabel(folder)), cancellationToken))
            {
                bytes += file.Bytes;
            }
        }

        return new ExpiryPlan(decisions, bytes, leftovers, sets.Find(set => set.Unreadable is not null) is { } unknown ? $"set {unknown.Label}: {unknown.Unreadable}" : null);
    }

    private async Task<RetainedSet?> LookAsync(string site, BackupLabel label, CancellationToken cancellationToken)
    {
        try
        {
            if (await catalog.FindAsync(site, label, cancellationToken) is not { } set)
            {
                return null;
            }

            var hold = await holds.FindAsync(site, label, cancellationToken);
            var state = await verdicts.ListAsync(site, label, cancellationToken) switch
            {
                [] => SetState.Unverified,
                [{ Passed: true }, ..] => SetState.Verified,
                _ => SetState.Damaged,
            };
            return new RetainedSet(label.Value, set.RecoveryPoint, state, set.Complete, hold?.Reason);
        }
        catch (PermanentFaultException fault) when (fault.Code is not OperationFaults.CanceledCode)
        {
            // A manifest, hold or verdict that cannot be read: no reason to throw the set away, every reason not to.
            return new RetainedSet(label.Value, label.At, SetState.Damaged, IsComplete: false, Unreadable: $"{fault.Code}: {fault.What}");
        }
    }
}
