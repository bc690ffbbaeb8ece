using System.Globalization;
using BuilderDrFunctions.Retention;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Retention;

public sealed class RetentionPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Sets of the last four years, several on some days and none on many; some held, verified, damaged or incomplete.</summary>
    private static readonly Gen<RetainedSet[]> Sets =
        Gen.Select(Gen.Int[0, 4 * 365 * 24], Gen.Enum<SetState>(), Gen.Int[0, 9], Gen.Bool)
            .Array[0, 60]
            .Select(sets => sets.Select((set, number) => new RetainedSet(
                $"set-{number:D3}", Now.AddHours(-set.Item1), set.Item2, set.Item4, set.Item3 == 0 ? "" : null, set.Item3 == 1 ? "DR2030" : null)).ToArray());

    private static readonly Gen<RetentionOptions> Rules =
        Gen.Select(Gen.Int[1, 10], Gen.Int[0, 10], Gen.Int[0, 10], Gen.Int[0, 10], Gen.Int[0, 4], Gen.Int[0, 60], Gen.Int[1, 8])
            .Select(rules => new RetentionOptions
            {
                KeepLast = rules.Item1,
                Daily = rules.Item2,
                Weekly = rules.Item3,
                Monthly = rules.Item4,
                Yearly = rules.Item5,
                MinimumAge = TimeSpan.FromDays(rules.Item6),
                MinimumSets = rules.Item7,
            });

    [Fact]
    public void Never_goes_below_its_minimum_nor_takes_what_must_stay() =>
        Gen.Select(Sets, Rules).Sample((sets, rules) =>
        {
            var kept = Kept(sets, rules, Now);
            Assert.True(kept.Count >= Math.Min(rules.KeepLast, sets.Length));
            Assert.True(kept.Count(set => set.State != SetState.Damaged) >= Math.Min(rules.MinimumSets, sets.Count(set => set.State != SetState.Damaged)));
            Assert.All(sets.Where(set => set.Hold is not null || set.Unreadable is not null || Now - set.At < rules.MinimumAge), set => Assert.Contains(set, kept));
            AssertHasNewest(sets, kept, static _ => true);
            AssertHasNewest(sets, kept, static set => set.State == SetState.Verified);
            AssertHasNewest(sets, kept, static set => set.IsComplete);
        });

    [Fact]
    public void Keeps_the_same_when_it_decides_again_over_what_is_left() =>
        Gen.Select(Sets, Rules).Sample((sets, rules) =>
        {
            var kept = Kept(sets, rules, Now);
            Assert.Equal(kept, Kept([.. kept], rules, Now));
        });

    [Fact]
    public void Keeps_no_less_with_larger_numbers() =>
        Gen.Select(Sets, Rules, Rules).Sample((sets, rules, more) =>
        {
            var larger = new RetentionOptions
            {
                KeepLast = rules.KeepLast + more.KeepLast,
                Daily = rules.Daily + more.Daily,
                Weekly = rules.Weekly + more.Weekly,
                Monthly = rules.Monthly + more.Monthly,
                Yearly = rules.Yearly + more.Yearly,
                MinimumAge = rules.MinimumAge + more.MinimumAge,
                MinimumSets = rules.MinimumSets + more.MinimumSets,
            };
            Assert.Superset(Kept(sets, rules, Now).ToHashSet(), Kept(sets, larger, Now).ToHashSet());
        });

    [Fact]
    public void Keeps_no_more_of_the_old_as_time_goes_by_and_newer_sets_come() =>
        Gen.Select(Sets, Rules, Gen.Int[1, 1000]).Sample((sets, rules, hours) =>
        {
            var before = Kept(sets, rules, Now).ToHashSet();
            Assert.Subset(before, Kept(sets, rules, Now.AddHours(hours)).ToHashSet());
            var newer = new RetainedSet("set-new", Now.AddHours(hours), SetState.Unverified, IsComplete: true);
            var after = Kept([.. sets, newer], rules, newer.At);
            Assert.Contains(newer, after);
            Assert.Subset(before, after.Where(set => set != newer).ToHashSet());
        });

    [Fact]
    public void Holds_change_nothing_for_other_sets() =>
        Gen.Select(Sets.Where(sets => sets.Length > 0), Rules, Gen.Int[0, 59]).Sample((sets, rules, one) =>
        {
            var held = sets[one % sets.Length];
            var before = Kept(sets, rules, Now).Select(set => set.Label).Append(held.Label).ToHashSet(StringComparer.Ordinal);
            var after = Kept([.. sets.Select(set => set == held ? held with { Hold = "audit" } : set)], rules, Now).Select(set => set.Label);
            Assert.True(before.SetEquals(after));
        });

    [Fact]
    public void Says_why_each_set_stays_or_goes() =>
        Gen.Select(Sets, Rules).Sample((sets, rules) => Assert.All(
            RetentionPolicy.Decide(sets, rules, Now),
            decision => Assert.Equal(decision.Expires, decision.Reasons is ["no rule keeps it"])));

    [Fact]
    public void Keeps_a_year_of_nightly_sets_as_grandfather_father_and_son()
    {
        var rules = new RetentionOptions { KeepLast = 3, Daily = 7, Weekly = 4, Monthly = 6, Yearly = 2, MinimumAge = TimeSpan.Zero, MinimumSets = 1 };
        var sets = Enumerable.Range(0, 400).Select(day => new RetainedSet($"d{day:D3}", new DateTimeOffset(2026, 11, 22, 2, 0, 0, TimeSpan.Zero).AddDays(-day), SetState.Unverified, IsComplete: true));

        var kept = RetentionPolicy.Decide(sets, rules, Now).Where(decision => !decision.Expires).Select(decision => decision.At.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)).ToList();

        // 22 November 2026 is a Sunday, the last day of its week.
        Assert.Equal(
            [
                "2026-11-22", "2026-11-21", "2026-11-20", "2026-11-19", "2026-11-18", "2026-11-17", "2026-11-16", "2026-11-15", "2026-11-08", "2026-11-01",
                "2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30", "2025-12-31",
            ],
            kept);
    }

    [Fact]
    public void Lets_a_damaged_set_stand_for_a_month_only_when_the_month_has_no_better_one()
    {
        var rules = new RetentionOptions { KeepLast = 1, Daily = 0, Weekly = 0, Monthly = 3, Yearly = 0, MinimumAge = TimeSpan.Zero, MinimumSets = 1 };
        RetainedSet[] sets =
        [
            new("new", Now, SetState.Verified, IsComplete: true),
            new("october-damaged", Now.AddDays(-23), SetState.Damaged, IsComplete: true), new("october-good", Now.AddDays(-30), SetState.Unverified, IsComplete: true),
            new("september-damaged", Now.AddDays(-60), SetState.Damaged, IsComplete: true),
        ];
        Assert.Equal(["new", "october-good", "september-damaged"], Kept(sets, rules, Now).Select(set => set.Label), StringComparer.Ordinal);
    }

    private static void AssertHasNewest(RetainedSet[] sets, IReadOnlyList<RetainedSet> kept, Func<RetainedSet, bool> of)
    {
        if (sets.Where(of).OrderByDescending(set => set.At).FirstOrDefault() is { } newest)
        {
            Assert.Contains(kept, set => of(set) && set.At == newest.At);
        }
    }

    private static IReadOnlyList<RetainedSet> Kept(RetainedSet[] sets, RetentionOptions rules, DateTimeOffset now) =>
        [.. RetentionPolicy.Decide(sets, rules, now).Where(decision => !decision.Expires).Select(decision => sets.Single(set => set.Label == decision.Label))];
}
