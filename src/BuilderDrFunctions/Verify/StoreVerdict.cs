using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Verify;

/// <summary>Puts a verdict next to its set and notes the damaged objects for the next backup, then removes what only the run needed.</summary>
public sealed class StoreVerdict(SetFiles files, VerifyVerdicts verdicts, DamagedObjects damaged, IVault vault, ILogger<StoreVerdict> logger)
{
    /// <summary>Running it again is success. A set that expired meanwhile is a fault: the findings are about nothing.</summary>
    [Function(nameof(StoreVerdict))]
    public async Task<VerifyVerdict> RunAsync([ActivityTrigger] VerifyVerdict verdict, CancellationToken cancellationToken)
    {
        await damaged.GatherAsync(verdict.Site, verdict.OperationId, cancellationToken);
        await vault.RemoveScratchAsync(SetPaths.Run(verdict.Site, verdict.OperationId), cancellationToken);

        await files.GetAsync(verdict.Site, verdict.Label, cancellationToken);
        await verdicts.WriteAsync(verdict, cancellationToken);
        if (verdict.Copy is { } copy && (copy.Mended > 0 || copy.Problems.Count > 0))
        {
            logger.CopyWasDamaged(verdict.Label, verdict.Site, copy.Mended, copy.Problems.Count, copy.Problems is [var first, ..] ? first : "none");
        }

        if (verdict.Passed)
        {
            logger.VerifyPassed(verdict.Label, verdict.Site, verdict.Files, verdict.Objects, verdict.FileBytes + verdict.ObjectBytes);
        }
        else
        {
            logger.VerifyFailed(verdict.Label, verdict.Site, verdict.Findings, verdict.First[0]);
        }

        return verdict;
    }
}
