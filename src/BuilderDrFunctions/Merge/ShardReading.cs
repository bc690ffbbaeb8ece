using System.Threading.Channels;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>What all shards together hold, read on a connection of its own under the merge's snapshot, while the merge writes.</summary>
/// <param name="Tables">Rows and digest of each table.</param>
/// <param name="RowsPerShard">How many rows of a table each shard has, in the shards' order.</param>
/// <param name="Positions">What each sequence gives next, in <c>public</c> and in the shards.</param>
internal sealed record ShardReading(
    IReadOnlyDictionary<SqlName, TableDigest> Tables, IReadOnlyDictionary<SqlName, IReadOnlyList<long>> RowsPerShard, IReadOnlyDictionary<SqlName, long> Positions)
{
    // no name that a column of Builder's has
    private const string Shard = "\"in shard\"";

    /// <summary>Reads it; null when there is nothing to merge.</summary>
    /// <param name="connection">One that does nothing else meanwhile.</param>
    /// <param name="whatToRead">Where the sequences stand is read until this is known.</param>
    /// <param name="server">Its facts.</param>
    /// <param name="algorithm">How rows are digested.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<ShardReading?> ReadAsync(
        NpgsqlConnection connection, ChannelReader<CheckedShards> whatToRead, ServerFacts server, string algorithm, CancellationToken cancellationToken)
    {
        var positions = await SchemaReader.ReadPositionsAsync(connection, server.VersionNumber, cancellationToken);
        if (!await whatToRead.WaitToReadAsync(cancellationToken) || !whatToRead.TryRead(out var shards))
        {
            return null;
        }

        await using (var setting = new NpgsqlCommand("SET max_parallel_workers_per_gather = 0", connection))
        {
            await setting.ExecuteNonQueryAsync(cancellationToken);
        }

        var digests = new Dictionary<SqlName, TableDigest>();
        var rows = new Dictionary<SqlName, IReadOnlyList<long>>();
        foreach (var table in shards.Tables)
        {
            // a transaction for each table: it keeps a lock on all it read, and the lock table holds the merge's own locks, too
            await using var transaction = await ExportedSnapshot.JoinAsync(connection, shards.Snapshot, cancellationToken);
            var parts = await table.Digest(algorithm).ReadPartsAsync(connection, $"({table.Shards.Select(table.ColumnNames, Shard)}) AS united", Shard, cancellationToken);
            digests[table.Merged] = parts.Values.Aggregate(default(TableDigest), (sum, shard) => sum + shard);
            rows[table.Merged] = [.. table.Shards.Parts.Select(shard => parts.GetValueOrDefault(shard.Schema).Rows)];
            // not left to the transaction's disposal, which keeps to itself that the connection broke
            await transaction.CommitAsync(cancellationToken);
        }

        return new ShardReading(digests, rows, positions);
    }
}
