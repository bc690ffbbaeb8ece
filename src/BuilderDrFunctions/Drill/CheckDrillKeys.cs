using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Drill;

/// <summary>Holds the keys that the restored databases need against those in the set: on the day it counts there may be no host.</summary>
public sealed class CheckDrillKeys(ISiteDirectory sites, SetFiles files, BuilderKeys keys, DrillServer server)
{
    /// <summary>Gives what was found.</summary>
    [Function(nameof(CheckDrillKeys))]
    public async Task<DrillKeysReceipt> RunAsync([ActivityTrigger] DrillProofOrder order, CancellationToken cancellationToken)
    {
        var set = await files.GetAsync(order.Drill.Site, order.Label, cancellationToken);
        IReadOnlyDictionary<string, byte[]?>? there;
        try
        {
            there = await keys.ReadAsync(set, host: null, habRoot: "", setWins: true, cancellationToken);
        }
        catch (PermanentFaultException fault) when (fault.Code is not OperationFaults.CanceledCode)
        {
            return new DrillKeysReceipt(0, [new DrillFinding(DrillFindingKind.KeysUnreadable, fault.Brief)]);
        }

        await using var site = sites.Open(order.Drill.Site);
        var postgres = await server.OpenAsync(site, cancellationToken);
        var verdicts = new List<KeyVerdict>();
        foreach (var name in order.Databases)
        {
            verdicts.AddRange(await KeyCoverage.JudgeAsync(postgres, name, there, cancellationToken));
        }

        return new DrillKeysReceipt(verdicts.Count, [.. verdicts.Where(verdict => verdict.IsBad).Select(verdict => new DrillFinding(
            verdict.State == KeyState.Missing ? DrillFindingKind.KeyMissing : DrillFindingKind.KeyWrong, verdict.ToString()))]);
    }
}
