using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Drill;
using BuilderDrFunctions.Durability;
using Xunit;

namespace BuilderDrFunctions.Tests.Drill;

public sealed class DrillVerdictTests
{
    [Fact]
    public void A_recovery_within_the_objective_passes_and_one_beyond_it_does_not()
    {
        Assert.True(StoreDrill.Judge(Verdict(100), TimeSpan.FromSeconds(100)) is { Passed: true, RtoMet: true, RtoSeconds: 100 });
        Assert.True(StoreDrill.Judge(Verdict(100), null) is { Passed: true, RtoMet: true, RtoSeconds: null });
        var missed = StoreDrill.Judge(Verdict(101), TimeSpan.FromSeconds(100));
        Assert.False(missed.Passed || missed.RtoMet);
        Assert.Equal(DrillFindingKind.RtoMissed, Assert.Single(missed.Findings).Kind);
    }

    [Fact]
    public void A_finding_fails_the_drill_however_fast_it_was()
    {
        var verdict = StoreDrill.Judge(Verdict(1) with { Findings = [new DrillFinding(DrillFindingKind.KeyMissing, "key")] }, TimeSpan.FromHours(1));
        Assert.True(verdict is { Passed: false, RtoMet: true });
    }

    [Fact]
    public void Many_findings_of_a_kind_are_counted_and_the_first_of_them_named()
    {
        var many = Enumerable.Range(0, 1000).Select(i => new DrillFinding(DrillFindingKind.ArtifactMissing, $"artifact {i}"));
        var findings = SampleArtifacts.Shorten([.. many, new DrillFinding(DrillFindingKind.ArtifactDamaged, "one")]);
        Assert.Equal(22, findings.Count);
        Assert.Equal("and 980 more artifacts of the sample likewise", findings[20].What);
        Assert.Equal("one", findings[21].What);
    }

    [Fact]
    public void A_drill_s_database_tells_its_run_and_no_other_database_does()
    {
        var id = OperationId.New("drill", "main", new DateTimeOffset(2026, 11, 22, 5, 0, 0, TimeSpan.Zero));
        Assert.Equal($"builder_drill_20261122t050000z_{id.Suffix}_0", DrillNames.Of(id, 0));
        Assert.Equal((id.At, id.Suffix), DrillNames.RunOf(DrillNames.Of(id, 2)));
        Assert.All(
            ["builder", "builder_drill_", "builder_drill_20261122t050000z_1a2b", "builder_drill_20261399t050000z_1a2b_0", "xbuilder_drill_20261122t050000z_1a2b_0", "builder_drill_20261122t050000z_1a2b_0\n"],
            name => Assert.Null(DrillNames.RunOf(name)));
    }

    private static DrillVerdict Verdict(double seconds)
    {
        var now = DateTimeOffset.UnixEpoch;
        return new DrillVerdict("drill-20261122T050000Z-main-1a2b", "main", "label", now, now, now, true, seconds, 0, seconds, null, true, 1, 1, 1, 1, []);
    }
}
