using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Merge;

/// <summary>Finds a committed set that holds the legacy databases exactly as they are now, by their fingerprints.</summary>
public sealed class FindMergeBackup(ISiteDirectory sites, SetCatalog catalog, IOptions<MergeOptions> options, TimeProvider time, ILogger<FindMergeBackup> logger)
{
    /// <summary>Gives its label; null where there is none that is young enough.</summary>
    /// <exception cref="PermanentFaultException">DR7028 or DR7029, when the set that was asked for is not such a one.</exception>
    [Function(nameof(FindMergeBackup))]
    public Task<string?> RunAsync([ActivityTrigger] MergeBackupOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.Merge.OperationId, "fingerprint").RunAsync(token => FindAsync(order, token), cancellationToken);

    private async Task<string?> FindAsync(MergeBackupOrder order, CancellationToken cancellationToken)
    {
        var merge = order.Merge;
        await using var site = sites.Open(merge.Site);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var wanted = await WantedAsync(merge, postgres, cancellationToken);
        var now = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var candidate in order.Label is { } asked ? [new BackupLabel(asked)] : await catalog.ListAsync(merge.Site, cancellationToken))
        {
            if (await ReadAsync(order, candidate, cancellationToken) is not { } set
                || (order.Label is null && time.GetUtcNow() - set.CommittedAt > options.Value.BackupMaxAge))
            {
                continue;
            }

            var different = await DifferentAsync(order, set, wanted, postgres, now, cancellationToken);
            if (different is null)
            {
                logger.BackupFound(merge.OperationId, set.Label);
                return set.Label;
            }

            if (order.Label is not null)
            {
                throw MergeFaults.BackupDiffers(different, set.Label);
            }
        }

        return order.Label is null ? null : throw MergeFaults.BackupLacks(order.Label, wanted);
    }

    /// <summary>A set; null where there is none. A damaged one is no backup to rely on, and an error where it was asked for.</summary>
    private async Task<BackupManifest?> ReadAsync(MergeBackupOrder order, BackupLabel label, CancellationToken cancellationToken)
    {
        try
        {
            return await catalog.FindAsync(order.Merge.Site, label, cancellationToken);
        }
        catch (PermanentFaultException fault) when (order.Label is null && CatalogFaults.IsUnreadable(fault))
        {
            logger.BackupDamaged(order.Merge.OperationId, fault.What);
            return null;
        }
    }

    /// <summary>Both legacy databases, and the one whose shards are merged.</summary>
    private static async Task<IReadOnlyList<string>> WantedAsync(MergeOrder merge, PostgresServer postgres, CancellationToken cancellationToken)
    {
        var databases = await postgres.ListDatabasesAsync(cancellationToken);
        return [.. databases.Where(database => database is ShardedDatabase.Originsrv or ShardedDatabase.Sessionsrv || (merge.Kind == MergeKind.Shards && database == merge.Database))];
    }

    /// <summary>The first database that the set does not hold as it is; null when it holds all.</summary>
    private static async Task<string?> DifferentAsync(
        MergeBackupOrder order, BackupManifest set, IReadOnlyList<string> wanted, PostgresServer postgres, Dictionary<string, string> now, CancellationToken cancellationToken)
    {
        var held = set.Databases.ToDictionary(database => database.Name, database => database.FingerprintDigest, StringComparer.Ordinal);
        List<string> lacking = [.. wanted.Where(database => !held.ContainsKey(database))];
        if (lacking.Count > 0)
        {
            return order.Label is null ? lacking[0] : throw MergeFaults.BackupLacks(set.Label, lacking);
        }

        foreach (var database in wanted)
        {
            if (!now.TryGetValue(database, out var digest))
            {
                digest = (await postgres.FingerprintAsync(database, algorithm: null, cancellationToken)).Digest;
                now.Add(database, digest);
            }

            if (held[database] != digest)
            {
                return database;
            }
        }

        return null;
    }
}
