using System.Globalization;

namespace BuilderDrFunctions.Retention;

/// <summary>Decides which sets stay, from what is known of them; no clock and no vault of its own.</summary>
/// <remarks>
/// Deciding again after the others are gone keeps the same sets. Larger numbers keep more, a later time and newer sets keep fewer of the old, and a hold
/// on one set changes nothing for another.
/// </remarks>
public static class RetentionPolicy
{
    /// <summary>One decision for each set, newest first.</summary>
    /// <param name="sets">In any order.</param>
    /// <param name="rules">What is kept.</param>
    /// <param name="now">UTC; ages are counted from it.</param>
    public static IReadOnlyList<SetDecision> Decide(IEnumerable<RetainedSet> sets, RetentionOptions rules, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(rules);
        List<RetainedSet> newestFirst = [.. sets.OrderByDescending(set => set.At).ThenByDescending(set => set.Label, StringComparer.Ordinal)];
        var kept = newestFirst.ToDictionary(set => set.Label, _ => new List<string>(), StringComparer.Ordinal);

        void Keep(RetainedSet? set, string why)
        {
            if (set is not null)
            {
                kept[set.Label].Add(why);
            }
        }

        foreach (var set in newestFirst)
        {
            if (set.Hold is not null)
            {
                Keep(set, set.Hold.Length > 0 ? $"held: {set.Hold}" : "held");
            }

            if (set.Unreadable is not null)
            {
                Keep(set, $"unreadable: {set.Unreadable}");
            }

            if (now - set.At < rules.MinimumAge)
            {
                Keep(set, string.Create(CultureInfo.InvariantCulture, $"younger than {rules.MinimumAge.TotalDays:0.##} days"));
            }
        }

        // What an operator would reach for first, whatever the numbers say.
        Keep(newestFirst.FirstOrDefault(set => set.State == SetState.Verified) ?? newestFirst.FirstOrDefault(), newestFirst.Exists(set => set.State == SetState.Verified) ? "the newest verified set" : "the newest set; none is verified");
        Keep(newestFirst.FirstOrDefault(set => set.IsComplete), "the newest complete set");
        foreach (var set in newestFirst.Take(rules.KeepLast))
        {
            Keep(set, string.Create(CultureInfo.InvariantCulture, $"one of the last {rules.KeepLast}"));
        }

        foreach (var set in newestFirst.Where(set => set.State != SetState.Damaged).Take(rules.MinimumSets))
        {
            Keep(set, string.Create(CultureInfo.InvariantCulture, $"one of at least {rules.MinimumSets} good sets"));
        }

        KeepPeriods(newestFirst, rules.Daily, at => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "day", Keep);
        KeepPeriods(newestFirst, rules.Weekly, Week, "week", Keep);
        KeepPeriods(newestFirst, rules.Monthly, at => at.ToString("yyyy-MM", CultureInfo.InvariantCulture), "month", Keep);
        KeepPeriods(newestFirst, rules.Yearly, at => at.ToString("yyyy", CultureInfo.InvariantCulture), "year", Keep);
        return [.. newestFirst.Select(set => new SetDecision(set.Label, set.At, kept[set.Label].Count == 0, kept[set.Label] is [_, ..] reasons ? reasons : ["no rule keeps it"]))];
    }

    /// <summary>Of each of the newest periods that have a set: the newest set that is not known to be damaged, or else the newest.</summary>
    private static void KeepPeriods(List<RetainedSet> newestFirst, int most, Func<DateTime, string> periodOf, string what, Action<RetainedSet?, string> keep)
    {
        foreach (var period in newestFirst.GroupBy(set => periodOf(set.At.UtcDateTime), StringComparer.Ordinal).Take(most))
        {
            keep(period.FirstOrDefault(set => set.State != SetState.Damaged) ?? period.First(), $"the newest of {what} {period.Key}");
        }
    }

    private static string Week(DateTime at) => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(at)}-W{ISOWeek.GetWeekOfYear(at):00}");
}

/// <summary>What the policy knows of a set.</summary>
/// <param name="Label">Its id.</param>
/// <param name="At">UTC; its recovery point.</param>
/// <param name="State">What its newest verification found.</param>
/// <param name="IsComplete">Every package has its artifact.</param>
/// <param name="Hold">Why an operator holds it, perhaps without a word; null: nobody does.</param>
/// <param name="Unreadable">Why its manifest cannot be read; null: it can.</param>
public sealed record RetainedSet(string Label, DateTimeOffset At, SetState State, bool IsComplete, string? Hold = null, string? Unreadable = null);

/// <summary>What a set's newest verification found.</summary>
public enum SetState
{
    /// <summary>It was never verified.</summary>
    Unverified,

    /// <summary>Every stored byte was as it was written.</summary>
    Verified,

    /// <summary>Something was lost or changed.</summary>
    Damaged,
}

/// <summary>What becomes of a set, and why.</summary>
/// <param name="Label">Its id.</param>
/// <param name="At">UTC; its recovery point.</param>
/// <param name="Expires">It goes.</param>
/// <param name="Reasons">Every rule that keeps it; or that none does.</param>
public sealed record SetDecision(string Label, DateTimeOffset At, bool Expires, IReadOnlyList<string> Reasons);
