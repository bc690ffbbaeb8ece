using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Drill;

/// <summary>Judges the recovery time and puts the verdict into the vault.</summary>
public sealed class StoreDrill(DrillVerdicts verdicts, IOptions<RecoveryObjectives> objectives, ILogger<StoreDrill> logger)
{
    /// <summary>Gives the whole verdict. Running it again is success.</summary>
    [Function(nameof(StoreDrill))]
    public async Task<DrillVerdict> RunAsync([ActivityTrigger] DrillVerdict drill, CancellationToken cancellationToken)
    {
        var verdict = Judge(drill, objectives.Value.Rto);
        await verdicts.WriteAsync(verdict, cancellationToken);
        foreach (var finding in verdict.Findings)
        {
            logger.DrillFailed(verdict.OperationId, verdict.Site, verdict.Label, finding.Kind, finding.What);
        }

        if (verdict.Passed)
        {
            logger.DrillPassed(verdict.OperationId, verdict.Site, verdict.Label, verdict.RecoverySeconds);
        }

        return verdict;
    }

    /// <summary>Adds what the objective says. A recovery that did not come about has no time to judge.</summary>
    internal static DrillVerdict Judge(DrillVerdict drill, TimeSpan? objective)
    {
        var met = objective is not { } rto || drill.RecoverySeconds <= rto.TotalSeconds;
        List<DrillFinding> findings = [.. drill.Findings];
        if (!met)
        {
            findings.Add(new DrillFinding(
                DrillFindingKind.RtoMissed, $"a recovery takes {drill.RecoverySeconds:0} s, and the objective (Objectives__Rto) is {objective!.Value.TotalSeconds:0} s"));
        }

        return drill with { RtoSeconds = objective?.TotalSeconds, RtoMet = met, Passed = findings.Count == 0, Findings = findings };
    }
}
