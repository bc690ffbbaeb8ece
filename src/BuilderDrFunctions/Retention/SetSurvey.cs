using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Retention;

/// <summary>Looks at a site's sets and decides which of them expire.</summary>
public sealed class SetSurvey(IVault vault, SetCatalog catalog, VerifyVerdicts verdicts, SetHolds holds, RetentionOptions options, TimeProvider time)
{
    /// <summary>In a second vault, the catalog of the first: what that one's retention did not remove stays, for it may have lost it otherwise.</summary>
    internal SetCatalog? First { get; init; }

    /// <summary>In the first vault, the second one where there is one: a manifest there tells that a folder without one was a set.</summary>
    internal IVault? Second { get; init; }

    /// <summary>Gives every set's fate; nothing is changed.</summary>
    public async Task<ExpiryPlan> PlanAsync(string site, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var sets = new List<RetainedSet>();
        var leftovers = new List<string>();
        var lost = new List<string>();
        string? uncollectable = null;
        foreach (var label in await catalog.ListAsync(site, cancellationToken))
        {
            if (await LookAsync(site, label, cancellationToken) is { } set)
            {
                sets.Add(set);
                uncollectable ??= set.Unreadable is { } why ? $"set {set.Label}: {why}" : null;
            }
            else if (await WhatToldOfItAsync(site, label, cancellationToken) is { } sign)
            {
                var fault = RetentionFaults.ManifestLost(site, label.Value, sign);
                lost.Add($"{fault.Brief}; {fault.Hint}");
                uncollectable ??= $"set {label}: it has lost its manifest";
            }
            else if (label.At < now - options.Grace)
            {
                if (await MayGoAsync(site, label, cancellationToken))
                {
                    leftovers.Add(label.Value);
                }
                else
                {
                    uncollectable ??= $"set {label}: it has no manifest in the second vault, and the first one did not let it expire";
                }
            }
        }

        var decisions = RetentionPolicy.Decide(sets, options, now).ToList();
        for (var at = 0; at < decisions.Count; at++)
        {
            if (decisions[at].Expires && !await MayGoAsync(site, new BackupLabel(decisions[at].Label), cancellationToken))
            {
                decisions[at] = decisions[at] with { Expires = false, Reasons = ["the first vault did not let it expire"] };
            }
        }

        long bytes = 0;
        foreach (var folder in decisions.Where(decision => decision.Expires).Select(decision => decision.Label).Concat(leftovers))
        {
            await foreach (var file in vault.ListAsync(SetPaths.Set(site, new BackupLabel(folder)), cancellationToken))
            {
                bytes += file.Bytes;
            }
        }

        return new ExpiryPlan(decisions, bytes, leftovers, uncollectable) { Lost = lost };
    }

    /// <summary>What says of a folder without manifest that it was a set, which no expiry removed; null: it is what a broken backup or a removal cut short left.</summary>
    private async Task<string?> WhatToldOfItAsync(string site, BackupLabel label, CancellationToken cancellationToken)
    {
        // In the second vault it is the first one's word that counts.
        if (First is not null || await vault.FindAsync(SetPaths.Expired(site, label), cancellationToken) is not null)
        {
            return null;
        }

        if (await vault.FindAsync(SetHolds.PathOf(site, label), cancellationToken) is not null)
        {
            return "an operator holds it";
        }

        if (await vault.ListAsync(SetPaths.Verdicts(site, label), cancellationToken).AnyAsync(cancellationToken))
        {
            return "it was verified, or rehearsed by a drill";
        }

        try
        {
            return Second is not null && await Second.FindAsync(SetPaths.Manifest(site, label), cancellationToken) is not null ? "the second vault has it" : null;
        }
        catch (FaultException fault) when (fault.Code is not OperationFaults.CanceledCode)
        {
            return $"or it never had one, but the second vault cannot be asked ({fault.Brief})";
        }
    }

    private async Task<bool> MayGoAsync(string site, BackupLabel label, CancellationToken cancellationToken) =>
        First is null || await First.FindExpiredAsync(site, label, cancellationToken) is not null;

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
            return new RetainedSet(label.Value, label.At, SetState.Damaged, IsComplete: false, Unreadable: fault.Brief);
        }
    }
}
