using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Restore;

/// <summary>Holds the keys that restored databases need against those the host will have.</summary>
public sealed class CheckKeys(ISiteDirectory sites, SetFiles files, BuilderKeys keys, ILogger<CheckKeys> logger)
{
    /// <summary>Gives the verdict on every key needed.</summary>
    [Function(nameof(CheckKeys))]
    public async Task<KeyVerdict[]> RunAsync([ActivityTrigger] CheckKeysOrder order, CancellationToken cancellationToken)
    {
        var restore = order.Restore;
        await using var site = sites.Open(restore.Site);
        var set = await files.GetAsync(restore.SourceSite, restore.Label, cancellationToken);
        var there = await keys.ReadAsync(
            order.RestoresKeys ? set : null, await site.GetHostAsync(cancellationToken), site.HabRoot, setWins: restore.OverwriteKeys, cancellationToken);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var verdicts = new List<KeyVerdict>();
        foreach (var name in order.Databases)
        {
            verdicts.AddRange(await KeyCoverage.JudgeAsync(postgres, name, there, cancellationToken));
        }

        foreach (var verdict in verdicts.Where(verdict => verdict.IsBad))
        {
            logger.KeyLost(restore.OperationId, verdict.ToString());
        }

        return [.. verdicts];
    }
}

/// <summary>Which databases to look into.</summary>
/// <param name="Restore">The run.</param>
/// <param name="Databases">Restored, by the names they have now.</param>
/// <param name="RestoresKeys">The set's keys will be on the host, too.</param>
public sealed record CheckKeysOrder(RestoreOrder Restore, IReadOnlyList<string> Databases, bool RestoresKeys);
